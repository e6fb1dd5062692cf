"""Every sentence of the container that AWS's own container has to say too, in one place.

Each is marked with where its wording comes from:

* ``[documented]``: AWS's developer guide, or code that AWS publishes from the same algorithm framework;
* ``[seen]``: the output of a real job or endpoint;
* ``[ours]``: nobody outside AWS has published the real wording, so this one is made here.

When a real text turns up, this file is the only one to change.
"""

from __future__ import annotations

# --- how a failure is written to output/failure -----------------------------------------------------------
CUSTOMER_PREFIX = "Customer Error"  # [documented] exit code 2; CreateTrainingJob shows "ClientError"
ALGORITHM_PREFIX = "Algorithm Error"  # [documented] exit code 1; shown as "AlgorithmError"
PLATFORM_PREFIX = "Platform Error"  # [documented] exit code 3; shown as "InternalServerError"
CAUSED_BY_CLASS = "{message} (caused by {cause})"  # [documented]
CAUSED_BY = "\n\nCaused by: {cause}"  # [documented]
UNKNOWN = "unknown error occurred"  # [documented]
UNEXPECTED = (  # [documented]
    "An unexpected error has occurred. Please try again. If the problem persists, contact AWS support."
)

# --- hyperparameters --------------------------------------------------------------------------------------
MISSING_HYPERPARAMETERS = (  # [seen] the PCA algorithm of the same framework
    "No value(s) were specified for {names} which are required hyperparameter(s)"
)
EXTRA_HYPERPARAMETERS = "Additional properties are not allowed ({names} {verb} unexpected)"  # [documented]
DID_YOU_MEAN = " [Hint: did you mean {name!r}?]"  # [ours]
BAD_VALUE = "{value!r} is not valid under any of the given schemas"  # [documented]
BAD_VALUE_HINT = " [Hint: hyperparameter {name!r} takes {expected}.]"  # [ours] says which one it was
FAILED_VALIDATING = (
    "\n\nFailed validating {keyword!r} in schema['properties'][{name!r}]:\n    {schema}"  # [documented]
)
NO_INIT_SETTING = (  # [ours]
    "Hyperparameter '{group}_init_method' is {method!r}, which also needs '{group}_init_{setting}'. "
    "Give it a number, or leave the method at 'normal'."
)
BAD_JSON = "Unable to read '{path}': {reason}. It must hold one JSON object."  # [ours]
BAD_SEED = (
    "Environment variable FM_SEED is {value!r}. It takes a whole number from 0 to 4294967295."  # [ours]
)

# --- data channels ----------------------------------------------------------------------------------------
_CHANNEL = "Unable to read data channel '{channel}'. "
NAN_VALUES = _CHANNEL + (  # [documented]
    "Found missing (NaN) values. Please remove any missing (NaN) values in the input data."
)
INFINITE_VALUES = _CHANNEL + (  # [documented]
    "Found infinite floating point values. "
    "Please remove any infinite floating point values in the input data."
)
NOT_THE_CONTENT_TYPE = _CHANNEL + (  # [documented]
    "Requested content-type is '{content_type}'. Please verify the data matches the requested content-type."
)
BAD_CHANNEL = (  # [documented]
    _CHANNEL + "Please verify the correct data channel configuration is provided."
)
MISSING_CHANNEL = (  # [documented] in a newer toolkit of the same team; [ours] the hint
    "Missing required channel: {channel} [Hint: the job has {found}. Set ChannelName to '{channel}'.]"
)
EXTRA_CHANNEL = (  # [documented] in the same toolkit; [ours] the hint
    "Extraneous channel found: {channel} [Hint: factorization machines read 'train' and, if given, 'test'.]"
)
CONTENT_TYPE = (  # [documented]; [ours] the hint
    NOT_THE_CONTENT_TYPE + " [Hint: factorization machines train on 'application/x-recordio-protobuf' alone. "
    "Convert the data, or leave ContentType unset if it is RecordIO.]"
)
INPUT_MODE = (  # [ours]
    _CHANNEL + "TrainingInputMode '{mode}' is not supported by this container. Use 'File' (or 'FastFile')."
)
# Nobody has published what the real container says of these four; the sentence before the hint is the general
# one of its framework.
EMPTY_CHANNEL = BAD_CHANNEL + (
    " [Hint: it holds no records for this host. Check the S3 prefix and that the upload finished; with "
    "ShardedByS3Key every host needs an object of its own.]"
)
NO_LABELS = BAD_CHANNEL + (
    " [Hint: '{file}' has records without a label. Training and test rows need one each: "
    "write them with recordio.write(stream, X, y).]"
)
WRONG_WIDTH = BAD_CHANNEL + (
    " [Hint: '{file}' has rows of {found} columns, but hyperparameter feature_dim is {feature_dim}. "
    "Set feature_dim to the width of the matrix that was written.]"
)
BAD_LABELS = BAD_CHANNEL + (
    " [Hint: predictor_type 'binary_classifier' needs labels 0 and 1; found {found}. "
    "Turn ratings into labels first, such as (rating >= 4), or use predictor_type 'regressor'.]"
)

# --- what this container does not do ----------------------------------------------------------------------
ONE_HOST_ONLY = (  # [ours]
    "The job asks for {count} hosts, but this container trains on one. Set InstanceCount to 1."
)
TOO_LARGE_MODEL = (  # [ours]
    "The model would take {size} bytes; this container makes models of at most {limit}. "
    "Lower num_factors, or leave out columns that no row uses and lower feature_dim."
)

# --- several hosts ----------------------------------------------------------------------------------------
LOST_HOST = "Lost the connection to {host}."  # [ours]
NO_MEETING_PLACE = (  # [ours]
    "The job has {count} hosts, but SAGEMAKER_HOSTS_DIR names no folder in which they could find each other."
)

# --- stopping ---------------------------------------------------------------------------------------------
STOPPED_WITH_MODEL = (  # [ours]
    "Received SIGTERM: stopped in epoch {epoch} after {batches} batches, and saved the model as it was then."
)
STOPPED_FOLLOWER = "Received SIGTERM: stopped in epoch {epoch}; {leader} saves the model."  # [ours]
STOPPED_WITHOUT_MODEL = (  # [ours]
    "Received SIGTERM before the first batch was done: there is no model to save."
)

# --- inference (answers about the payload itself stand in course_utils.payload) ---------------------------
NO_LENGTH = "Customer Error: the request has no usable Content-Length header"  # [ours]
TOO_LARGE = "Customer Error: the request body has {size} bytes; at most {limit} are accepted"  # [ours]
NOT_FOUND = (  # [ours]
    "There is no {method} {path}. Try GET /ping, GET /execution-parameters or POST /invocations."
)
NO_MODEL = (  # [ours]
    "There is no usable model at '{path}'. "
    "The platform unpacks model.tar.gz there before it starts the server."
)
