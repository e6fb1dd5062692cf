"""The container's sentences that factorization machines do not have, marked as in
:mod:`course_utils.fm_container.messages`, where the others stand."""

from __future__ import annotations

from course_utils.fm_container import messages as family

# --- hyperparameters --------------------------------------------------------------------------------------
TOO_MANY_NEIGHBOURS = (  # [ours]; the limit is AWS's (a test of its algorithm toolkit, tuning ranges)
    "Hyperparameter 'k' is {k}; at most {most} neighbours can be asked for."
)
APPROXIMATE_INDEX = (  # [ours]
    "Hyperparameter 'index_type' is {index_type!r}. This container searches exactly, among all points: "
    "leave it at 'faiss.Flat'. Approximate indexes pay from millions of points on."
)
INDEX_SETTING = (  # [ours]
    "Hyperparameters 'faiss_index_ivf_nlists' and 'faiss_index_pq_m' belong to the approximate indexes, "
    "which this container does not have. Leave them out."
)
DIMENSION_REDUCTION = (  # [ours]
    "This container does not reduce dimensions. Leave out 'dimension_reduction_type' and "
    "'dimension_reduction_target', or reduce the features before they are written."
)

# --- data channels ----------------------------------------------------------------------------------------
EXTRA_CHANNEL = (  # [documented] in a newer toolkit of the same team; [ours] the hint
    "Extraneous channel found: {channel} [Hint: k-NN reads 'train' and, if given, 'test'.]"
)
CONTENT_TYPE = family.NOT_THE_CONTENT_TYPE + (  # [documented]; [ours] the hint
    " [Hint: k-NN trains on 'application/x-recordio-protobuf' and 'text/csv'. Leave ContentType unset if the "
    "data is RecordIO.]"
)
LABEL_SIZE = family.NOT_THE_CONTENT_TYPE + (  # [documented]; [ours] the hint
    " [Hint: each row needs one label, in its first column: 'text/csv; label_size=1'.]"
)
TOO_FEW_POINTS = (  # [ours]
    "Hyperparameter 'k' is {k}, but the index holds {points} points: {rows} rows were read, and sample_size "
    "is {sample_size}. There cannot be more neighbours than points."
)

# --- what this container does not do ----------------------------------------------------------------------
ONE_HOST_ONLY = (  # [ours]
    "The job asks for {count} hosts, but this container trains on one. Set InstanceCount to 1."
)
STOPPED = "Received SIGTERM before the index was built: there is no model to save."  # [ours]

# --- inference --------------------------------------------------------------------------------------------
CONTENT_TYPE_HINT = "k-NN reads {types}; set ContentType to what you send."  # [ours]
LABEL_SIZE_HINT = "Rows to predict have no label: leave label_size out, or set it to 0."  # [ours]
TOO_FAR_HINT = "The distances of row {row} are too large for a float32."  # [ours]
