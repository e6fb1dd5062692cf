"""SageMaker's built-in k-nearest neighbours algorithm (k-NN), as a container without Docker.

**What it does.** Training remembers points: rows of numbers, each with a label. A prediction for a new row
looks up the ``k`` points that lie nearest and lets their labels decide: the commonest one
(``predictor_type`` ``classifier``) or their mean (``regressor``). Nothing is fitted; what costs time is
finding the nearest points among many.

**Why it is in a course on factorization machines.** A factorization machine scores one pair of a user and a
film at a time. To find somebody's best ten films its endpoint has to score them all. But a score is an
inner product and a constant for each user::

    score(user, film) = <(v_user, 1), (v_film, w_film)> + constant of the user

so, with films as points and ``index_metric`` ``INNER_PRODUCT``, the "nearest" films are the best ones, and
one question brings a whole list. This is the trick of AWS's blog post *Extending Amazon SageMaker
factorization machines algorithm to predict top x recommendations*; :mod:`course_utils.recommend.neighbours`
makes the vectors and reads the answers.

**How to use it.** As any other algorithm: image repository ``knn``; hyperparameters ``feature_dim``, ``k``,
``predictor_type`` and ``sample_size`` (all required), ``index_metric`` (``L2`` if unset); channels
``train`` and, if scores are wanted in the log, ``test``; RecordIO-protobuf or CSV with the label first. Ask
with Accept ``application/jsonlines; verbose=true`` to be told the neighbours and not just their verdict::

    {"predicted_label": 50.0, "distances": [0.91, 0.98, 1.07], "labels": [50.0, 260.0, 318.0]}

**Three things that surprise.** Distances always ascend. Of inner products and cosines the *largest* is the
nearest, so the best film stands *last*: read ``labels[::-1]``. A label is a float32, so films go by their
row number and not by a name. And k-NN knows nothing of what a user has seen: ask for more neighbours than
you need (``recommend.neighbours_needed`` says how many) and leave out the seen ones.

**What differs from the real one.** The index is always exact (``faiss.Flat``): approximate ones and
dimension reduction are refused in words. One host trains. The model is the documented set of three files;
its index is one that the faiss library opens. Not documented, and therefore ours: the Euclidean distances
of ``L2`` are true ones (faiss itself gives their squares); among equally near points the first of the data
is nearest, among equally common labels the smallest wins; more neighbours than points are refused in
training.

``python -m course_utils.knn_container train`` and ``… serve`` keep the container contract as
:mod:`course_utils.fm_container` does, whose parts they share::

    config.py      hyperparameters: defaults, ranges, what is refused
    rows.py        rows out of RecordIO-protobuf and CSV
    channels.py    data channels and what can be wrong with them
    sampling.py    a fair sample of rows that are seen once
    index.py       the search
    model.py       the three files of a model, and predictions
    faiss_file.py  the first of them, byte by byte
    train.py       one training job
    log.py         its log
    serve.py       the endpoint's HTTP server
    replies.py     neighbours into bytes
    messages.py    sentences that factorization machines do not have
"""
