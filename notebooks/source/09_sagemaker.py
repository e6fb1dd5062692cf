# ---
# course:
#   plain: true
# ---

# %% [markdown]
# # Train and deploy a recommender on SageMaker
#
# **You will** train SageMaker's built-in `factorization-machines` algorithm on MovieLens, let SageMaker try settings of
# its own, put the model behind an endpoint, ask it in two formats, print a top-10 list for three users in two ways, score
# a whole file without an endpoint, and prove that nothing is left running.
#
# **You need** lesson 05, or an idea of one-hot rows. No AWS account.
#
# **Time** 80 minutes: 30 reading, 30 doing, 20 discussing. Sections 7, 12 and 13 can wait for another day.
#
# | id | after this lesson you can |
# |---|---|
# | O9.1 | choose the hyperparameters that matter |
# | O9.2 | hand data to a training job through S3 channels |
# | O9.3 | deploy a model and ask it in JSON and in RecordIO |
# | O9.4 | tear everything down and prove it |
# | O9.5 | let a tuning job choose, and judge its choice on rows that it never saw |
# | O9.6 | score a whole file by batch transform, and find the best films by nearest neighbours |

# %%
import io
import json
import os

import numpy as np
import pandas as pd

from course_utils.learn import check, hint, notice, predict
from course_utils.learn import quiz, record, reveal, solution

# %% [markdown]
# ## 1. Connect
#
# One notebook, two places. `local` (the default) is a SageMaker on your own machine: the same requests, the same
# files, real training, no bill, and no way to reach AWS. `aws` is Amazon's: it costs money, and refuses to start until
# you have said that you accept that.

# %%
from course_utils.aws import connect, follow

connection = connect(os.environ.get("COURSE_AWS_MODE", "local"))
print("bucket:", connection.bucket)
print("role:  ", connection.role_arn)

# %% [markdown]
# A **bucket** is a named place for files in **S3**, the file store of AWS. A **role** says what a job may do, for example
# read that bucket. All that follows asks `connection` for such things. No line below says *local*, and none would have to
# change for AWS.

# %% [markdown]
# ## 2. Ratings become rows
#
# As in lesson 05: ratings, some of them kept back, a `FeatureMap` that knows which column belongs to which id, fitted on
# the learning rows.

# %%
from course_utils.datasets import movielens
from course_utils.encode import FeatureMap
from course_utils.evaluate.split import split_by_hash

data = movielens.load("ml-latest-small")
learn_rows, judge_rows = split_by_hash(data.ratings, test_share=0.1)
feature_map = FeatureMap.fit(learn_rows, blocks=("user", "item"))
notice(data)

# %% [markdown]
# Two habits of the real algorithm decide how good the model gets, and its manual mentions neither:
#
# 1. It reads the rows **in file order, in every epoch**. Our ratings are sorted by user: shuffle them first.
# 2. It **fills the last batch with empty rows** whose label is 0, and learns from them. So keep the number of rows a
#    multiple of `mini_batch_size`, the number of rows in a batch.

# %%
mini_batch_size = 1000
order = np.random.default_rng(7).permutation(len(learn_rows))
order = order[: len(order) // mini_batch_size * mini_batch_size]
X_train = feature_map.transform(learn_rows)[order]
y_train = learn_rows["rating"].to_numpy(np.float32)[order]
X_test = feature_map.transform(judge_rows)
y_test = judge_rows["rating"].to_numpy(np.float32)

# %% tags=["nbval-check-output"]
print("rows left over after the last full batch:", len(y_train) % mini_batch_size)
print("dtype:", X_train.dtype)

# %% [markdown]
# ## 3. Rows travel to S3
#
# A training job reads its data from S3, in *channels*: `train`, and `test` if you want to be told how good the model is.
# The format is RecordIO-protobuf with float32 values; the algorithm takes nothing else.

# %%
from course_utils import recordio

s3 = connection.client("s3")
folder = f"{connection.s3_folder}/lesson-09"
prefix = folder.removeprefix(f"s3://{connection.bucket}/")

# %%
def upload(name, X, y=None):
    """Pack rows as RecordIO and put them under this lesson's folder."""
    packed = io.BytesIO()
    recordio.write(packed, X, y)
    key = f"{prefix}/{name}/part-0.pbr"
    s3.put_object(Bucket=connection.bucket, Key=key, Body=packed.getvalue())
    print(f"{name}: {X.shape[0]:,} rows, {packed.getbuffer().nbytes / 1e6:.1f} MB")

upload("train", X_train, y_train)
upload("test", X_test, y_test)

# %% [markdown]
# ## 4. Hyperparameters
#
# *Hyperparameters* are what you choose and the job does not learn. Three are required: `feature_dim` (the number of
# columns), `num_factors` (the *k* of lessons 02 and 04) and `predictor_type` (`regressor` for numbers, `binary_classifier`
# for yes or no). Others have defaults: `…_lr` are learning rates, `…_wd` (*weight decay*) is regularisation, each for the
# weights (`linear`) and for $V$ (`factors`). All values travel as text: `"30"`, not `30`.
#
# **E9.1** Write `required`, a dictionary of the three required ones. Take 16 factors. `feature_map` knows the columns.

# %%
hyperparameters = {
    "epochs": "30", "mini_batch_size": str(mini_batch_size),
    "linear_lr": "0.003", "factors_lr": "0.0005",
    "linear_wd": "0.0001", "factors_wd": "0.0001", "factors_init_sigma": "0.01",
}
### BEGIN SOLUTION: required = ...
required = {
    "feature_dim": str(feature_map.feature_dim),
    "num_factors": "16",
    "predictor_type": "regressor",
}
### END SOLUTION

check("E9.1", {"required": required, "columns": feature_map.feature_dim})

# %%
# hint("E9.1")      # stuck? remove the first "#" and run; each time tells a little more
# solution("E9.1")

# %% [markdown]
# So that the lesson runs on in any case, these lines set them.

# %%
hyperparameters["feature_dim"] = str(feature_map.feature_dim)
hyperparameters |= {"num_factors": "16", "predictor_type": "regressor"}

# %% [markdown]
# ## 5. Train
#
# The algorithm is a program in a *container image*: a package with all that it needs to run on any machine. AWS keeps
# one in each region, and `image_uris` knows the address.

# %%
from sagemaker.core import image_uris
from sagemaker.core.resources import TrainingJob
from sagemaker.core.shapes import (
    AlgorithmSpecification, Channel, DataSource, OutputDataConfig, ResourceConfig,
    S3DataSource, StoppingCondition,
)

image = image_uris.retrieve("factorization-machines", connection.region)
print(image)

# %%
def s3_channel(name, channel=None):
    """A channel that reads what upload() put under a name; it may have another name."""
    source = S3DataSource(s3_data_type="S3Prefix", s3_uri=f"{folder}/{name}/")
    return Channel(
        channel_name=channel or name, data_source=DataSource(s3_data_source=source),
        content_type="application/x-recordio-protobuf",
    )

# %% [markdown]
# Before you start it: will this model beat the plain biases of lesson 05, which know who is generous and what is good,
# and nothing of taste?

# %%
predict("P9.1")

# %%
machine = ResourceConfig(
    instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5
)
at_most = StoppingCondition(max_runtime_in_seconds=900)
output = OutputDataConfig(s3_output_path=f"{folder}/output")

job_name = connection.name("movielens")
algorithm = AlgorithmSpecification(training_image=image, training_input_mode="File")
job = TrainingJob.create(
    training_job_name=job_name, role_arn=connection.role_arn,
    algorithm_specification=algorithm, hyper_parameters=hyperparameters,
    input_data_config=[s3_channel("train"), s3_channel("test")],
    output_data_config=output, resource_config=machine, stopping_condition=at_most,
)

# %% [markdown]
# `follow` prints the job's states and its log, line by line, as they come. The real log is long: a dozen lines for each
# epoch. `only` is a regular expression for the lines to show: here the error on the learning rows after the first and
# then every fifth epoch, and the `test` score at the end. Leave `only` out to see everything.

# %%
finished = follow(job_name, only=r"epoch=(0|\d*[49]), train rmse|test rmse")

# %% [markdown]
# The first lines are the job's life: machines are prepared, data and image arrive, training runs, the model is stored.
# In between, the error on the learning rows falls. The test score is larger than the last of them: those rows the model
# has never seen.
#
# **And if a job fails?** Then `follow` raises an error that holds the reason as the algorithm gave it. Correct what it
# names, run the cell with `TrainingJob.create` again (the job then gets a new name), and go on. See it once on purpose:
# misspell `epochs` in section 4, and run from there.

# %%
metrics = {m["MetricName"]: m["Value"] for m in finished["FinalMetricDataList"]}
test_rmse = metrics["test:rmse"]
print(f"{finished['TrainingJobStatus']}; test RMSE {test_rmse:.4f}")

# %%
from course_utils.evaluate.baselines import Biases
from course_utils.evaluate.metrics import personalisation, rmse

biases_rmse = rmse(y_test, Biases().fit(learn_rows).predict(judge_rows))
print(f"biases alone: {biases_rmse:.4f}")
reveal("P9.1", {"machine": test_rmse, "biases": biases_rmse})

# %% tags=["nbval-check-output"]
print("the machine beats the biases:", test_rmse < biases_rmse)

# %%
record(f"{data.name}.sagemaker_fm.rmse", test_rmse)
record(f"{data.name}.biases.rmse", biases_rmse)

# %% [markdown]
# ## 6. Open the model
#
# The job left one file in S3: `model.tar.gz`. It holds $w_0$, $w$ and $V$, in the format of MXNet, the library that the
# algorithm is written with. `artifact` reads it without MXNet.

# %%
from course_utils import artifact

def open_model(uri):
    """The parameters in a model.tar.gz in S3."""
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    s3.download_file(bucket, key, "model.tar.gz")
    params = artifact.load("model.tar.gz").params
    os.remove("model.tar.gz")
    return params

model_uri = finished["ModelArtifacts"]["S3ModelArtifacts"]
fm = open_model(model_uri)
print(f"w0 = {fm.w0:.2f}, w {fm.w.shape}, V {fm.V.shape}")

# %% tags=["nbval-check-output"]
own_rmse = rmse(y_test, fm.predict(X_test))
print("our own prediction gives the job's test RMSE:", abs(own_rmse - test_rmse) < 5e-6)

# %% [markdown]
# ## 7. Let SageMaker choose
#
# You chose the learning rate of the factors and their regularisation. A **tuning job** chooses for you: it starts
# training jobs with different values, looks at what each measured on its `test` channel, and tries next where a better
# result seems likely. That last step is called *Bayesian*; `Random` tries blindly and needs no patience between jobs.
# Every try is a training job like the one above, and is billed like one.
#
# The winner's score is the best of several tries **on the rows that chose it**. Part of that is luck. So cut some of the
# learning rows off to choose with, and keep the judging rows out of it.

# %%
cut = len(y_train) // 10 // mini_batch_size * mini_batch_size
upload("tune-train", X_train[cut:], y_train[cut:])
upload("tune-choose", X_train[:cut], y_train[:cut])

# %%
from sagemaker.core.resources import HyperParameterTuningJob
from sagemaker.core.shapes import (
    ContinuousParameterRange, HyperParameterAlgorithmSpecification,
    HyperParameterTrainingJobDefinition, HyperParameterTuningJobConfig,
    HyperParameterTuningJobObjective, ParameterRanges, ResourceLimits,
)

# %%
def between(name, low, high):
    """Values tried between two bounds, as often near .001 as near .01."""
    return ContinuousParameterRange(
        name=name, min_value=low, max_value=high, scaling_type="Logarithmic"
    )

ranges = [
    between("factors_lr", "0.0001", "0.003"), between("factors_wd", "0.00001", "0.1")
]

# %% [markdown]
# The **plan**: what to look for, where, and how many jobs you will pay for.

# %%
plan = HyperParameterTuningJobConfig(
    strategy="Bayesian",
    hyper_parameter_tuning_job_objective=HyperParameterTuningJobObjective(
        type="Minimize", metric_name="test:rmse"
    ),
    parameter_ranges=ParameterRanges(continuous_parameter_ranges=ranges),
    resource_limits=ResourceLimits(
        max_number_of_training_jobs=6, max_parallel_training_jobs=2
    ),
    random_seed=1,
)

# %% [markdown]
# The **definition**: what every one of the jobs has in common.

# %%
tuned = {each.name for each in ranges}
fixed = {name: value for name, value in hyperparameters.items() if name not in tuned}

# %%
definition = HyperParameterTrainingJobDefinition(
    algorithm_specification=HyperParameterAlgorithmSpecification(
        training_image=image, training_input_mode="File"
    ),
    static_hyper_parameters=fixed,
    input_data_config=[
        s3_channel("tune-train", "train"), s3_channel("tune-choose", "test")
    ],
    role_arn=connection.role_arn, output_data_config=output,
    resource_config=machine, stopping_condition=at_most,
)

# %%
predict("P9.3")

# %%
from course_utils.aws import follow_tuning

tuning_name = connection.name("tune")
HyperParameterTuningJob.create(
    hyper_parameter_tuning_job_name=tuning_name,
    hyper_parameter_tuning_job_config=plan, training_job_definition=definition,
)
tries = follow_tuning(tuning_name)
tries.drop(columns=["job", "status"])

# %% [markdown]
# The best job stands first. Its model lies in S3 like any other, so you can judge it on the rows that nobody has used
# yet, beside the model that you chose yourself:

# %%
best_job = tries.loc[0, "job"]
winner = open_model(f"{folder}/output/{best_job}/output/model.tar.gz")
winner_rmse = rmse(y_test, winner.predict(X_test))
print(f"the winner, on the rows that chose it: {tries.loc[0, 'test:rmse']:.4f}")
print(f"the winner, on the judging rows:       {winner_rmse:.4f}")
print(f"your own choice, on the judging rows:  {test_rmse:.4f}")
reveal("P9.3", {"winner": winner_rmse, "own": test_rmse})

# %% [markdown]
# The winner learned from fewer rows than your own model: a tenth of them went into choosing. In earnest you would now
# train once more, with the winner's values and all the rows.
#
# ## 8. Deploy
#
# Three things make an endpoint: a **model** (image and artefact), a **configuration** (how many machines of which
# type), and the **endpoint** itself, an address that answers questions. From the moment it is *InService*, AWS bills for
# every second, whether anybody asks or not.

# %%
from sagemaker.core.resources import Endpoint, EndpointConfig, Model
from sagemaker.core.shapes import ContainerDefinition, ProductionVariant

name = connection.name("movielens")
container = ContainerDefinition(image=image, model_data_url=model_uri)
model = Model.create(
    model_name=name, primary_container=container, execution_role_arn=connection.role_arn
)

# %%
variant = ProductionVariant(
    variant_name="AllTraffic", model_name=name,
    initial_instance_count=1, instance_type="ml.t2.medium",
)
configuration = EndpointConfig.create(
    endpoint_config_name=name, production_variants=[variant]
)
endpoint = Endpoint.create(endpoint_name=name, endpoint_config_name=name)
endpoint.wait_for_status("InService", poll=1)

# %% [markdown]
# ## 9. Ask, in JSON
#
# The endpoint knows no users and no films, only columns. A sparse JSON row names its hot columns (`keys`), their values
# and the number of all columns (`shape`).

# %%
from course_utils import payload

two_rows = X_test[[0, 1]]
request = payload.encode_request(two_rows, payload.JSON)
print(request.decode())

# %%
reply = endpoint.invoke(body=request, content_type=payload.JSON, accept=payload.JSON)
answer = json.loads(reply.body.read())
answer

# %% [markdown]
# **E9.2** Is the endpoint's answer what our own `fm` predicts? `served` and `own` hold two scores each. Write the larger
# one of the two differences, without its sign.

# %%
served = [prediction["score"] for prediction in answer["predictions"]]
own = fm.predict(two_rows)
difference = max(abs(own - served))  ### SOLUTION: difference = ...

check("E9.2", {"difference": difference, "own": own, "answer": answer})

# %%
# hint("E9.2")      # stuck? remove the first "#" and run; each time tells a little more
# solution("E9.2")

# %% [markdown]
# ## 10. Ask, in RecordIO
#
# JSON is readable and long. For thousands of rows, ask in RecordIO, the format of the training data.

# %%
request = payload.encode_request(X_test, payload.RECORDIO)
as_json = payload.encode_request(X_test, payload.JSON)
print(f"{len(request) / 1e6:.2f} MB as RecordIO, {len(as_json) / 1e6:.2f} MB as JSON")

# %%
reply = endpoint.invoke(
    body=request, content_type=payload.RECORDIO, accept=payload.RECORDIO
)
scores = payload.decode_response(reply.body.read(), payload.RECORDIO).score

# %% tags=["nbval-check-output"]
print("one score for each row:", len(scores) == len(y_test))
print("as our own model says:", np.allclose(scores, fm.predict(X_test), atol=1e-4))

# %% [markdown]
# ## 11. A top-10 list for three users
#
# For one user, every film not yet seen becomes a row; the endpoint scores them all; the ten highest make the list.

# %%
from course_utils import recommend

def top_10(user):
    """The endpoint's ten best films that this user has not rated."""
    known = feature_map.ids("item")  # a film without a column has no score of its own
    pairs = recommend.candidates(user, data, exclude_seen=True, items=known)
    body = payload.encode_request(feature_map.transform(pairs), payload.RECORDIO)
    reply = endpoint.invoke(
        body=body, content_type=payload.RECORDIO, accept=payload.RECORDIO
    )
    scores = payload.decode_response(reply.body.read(), payload.RECORDIO).score
    return recommend.rank(pairs, scores, data, n=10)

# %%
predict("P9.2")

# %%
users = np.sort(learn_rows["user"].unique())[[0, 209, 333]]
lists = {int(user): top_10(user) for user in users}
titles = {f"user {user}": list_["title"].to_list() for user, list_ in lists.items()}
pd.DataFrame(titles, index=range(1, 11))

# %%
shared = set.intersection(*(set(list_["item"]) for list_ in lists.values()))
distance = personalisation([list_["item"].to_list() for list_ in lists.values()])
print(f"films on all three lists: {len(shared)}")
print(f"mean distance between two lists: {distance:.2f} (0 the same, 1 nothing shared)")

# %%
reveal("P9.2", len(shared))

# %%
for user, list_ in lists.items():
    record(f"{data.name}.top10.user_{user}", list_["title"].to_list())
record(f"{data.name}.top10.personalisation", distance)

# %% [markdown]
# Whenever somebody shows you a list of recommendations, ask for a second user's. A list that is the same for everybody is
# a bestseller table, not a recommendation. And a film on all three lists is no fault as such: some films nearly everybody
# likes. Train again and the lists change a little: $V$ starts at random, and many films score nearly alike.

# %% [markdown]
# ## 12. Score a file, without an endpoint
#
# An endpoint waits for questions, day and night. When all questions are known beforehand (tonight's lists for every user,
# say), a **batch transform job** is cheaper: it starts machines, sends them a file from S3, writes the answers to S3, and
# ends. It needs a model and no endpoint.

# %%
from sagemaker.core.resources import TransformJob
from sagemaker.core.shapes import (
    TransformDataSource, TransformInput, TransformOutput, TransformResources,
    TransformS3DataSource,
)

transform_machine = TransformResources(instance_type="ml.m5.large", instance_count=1)

def s3_prefix(name):
    """What upload() put under a name, as the input of a transform job."""
    place = TransformS3DataSource(s3_data_type="S3Prefix", s3_uri=f"{folder}/{name}/")
    return TransformDataSource(s3_data_source=place)

# %%
def transform(model_name, name, accept):
    """Send what upload() put under a name through a model."""
    batch_name = connection.name("batch")
    TransformJob.create(
        transform_job_name=batch_name, model_name=model_name,
        transform_input=TransformInput(
            data_source=s3_prefix(name),
            content_type=payload.RECORDIO, split_type="RecordIO"),
        transform_output=TransformOutput(
            s3_output_path=f"{folder}/{name}-answers",
            accept=accept, assemble_with="Line"),
        transform_resources=transform_machine,
    )
    return batch_name

# %% [markdown]
# `split_type="RecordIO"` lets SageMaker cut the file between two records, so that it can send it in pieces. The answers
# arrive in a file of the same name with `.out` behind it, one line of JSON for each row, in the order of the rows.

# %%
from course_utils.aws import follow_transform

def answers_of(name):
    """The lines of a finished transform job's answers, as Python values."""
    key = f"{prefix}/{name}-answers/part-0.pbr.out"
    lines = s3.get_object(Bucket=connection.bucket, Key=key)["Body"].read()
    return [json.loads(line) for line in lines.splitlines()]

upload("ask", X_test)
follow_transform(transform(name, "ask", accept=payload.JSONLINES))
answers = answers_of("ask")
answers[:2]

# %% [markdown]
# **E9.4** `answers` holds one dictionary a row. Compute the RMSE of these answers on `y_test`. Which number from section 5
# should you meet again?

# %%
### BEGIN SOLUTION: batch_rmse = ...
batch_rmse = rmse(y_test, np.array([answer["score"] for answer in answers]))
### END SOLUTION

check("E9.4", {"batch_rmse": batch_rmse, "test_rmse": test_rmse})

# %%
# hint("E9.4")      # stuck? remove the first "#" and run; each time tells a little more
# solution("E9.4")

# %% [markdown]
# ## 13. The best films, without scoring every film
#
# Section 11 sent every unseen film to the endpoint to find ten. With a million products that hurts. Look at the score of a
# user $u$ and a film $i$ again:
#
# $$\hat y = \underbrace{w_0 + w_u}_{\text{the same for all films}} + w_i + \langle v_u, v_i\rangle$$
#
# Only $w_i + \langle v_u, v_i\rangle$ can change the order of one user's films, and that is the inner product of two
# longer vectors: $(v_u, 1)$ and $(v_i, w_i)$. So *the best films of a user are the films nearest to that user*, and finding
# nearest vectors is what SageMaker's built-in **k-NN** algorithm does.

# %% tags=["nbval-check-output"]
films = recommend.item_vectors(fm, feature_map)
people = recommend.user_vectors(fm, feature_map, users, data)
print("numbers for a film, and for a user:", films.X.shape[1], people.X.shape[1])

# %% [markdown]
# Its training data are the film vectors, and their labels say which film each is. `k` is how many neighbours to name: ten,
# and as many more as somebody has seen already, since k-NN does not know what was seen.

# %%
upload("films", films.X, films.labels)
upload("people", people.X)
knn_image = image_uris.retrieve("knn", connection.region)
knn_settings = {
    "feature_dim": str(films.X.shape[1]), "sample_size": str(len(films.ids)),
    "k": str(recommend.neighbours_needed(people, films, data)),
    "predictor_type": "classifier", "index_metric": "INNER_PRODUCT",
}

# %%
knn_name = connection.name("knn")
knn = AlgorithmSpecification(training_image=knn_image, training_input_mode="File")
TrainingJob.create(
    training_job_name=knn_name, role_arn=connection.role_arn,
    algorithm_specification=knn, hyper_parameters=knn_settings,
    input_data_config=[s3_channel("films", "train")],
    output_data_config=output, resource_config=machine, stopping_condition=at_most,
)
knn_job = follow(knn_name, only="Training|Completed")

# %% [markdown]
# k-NN predicts a label by a vote of the neighbours, which is of no use here. *Verbose* answers name the neighbours
# themselves. Three users need no endpoint; nor would three million.

# %%
container = ContainerDefinition(
    image=knn_image, model_data_url=knn_job["ModelArtifacts"]["S3ModelArtifacts"]
)
knn_model = Model.create(
    model_name=knn_name, primary_container=container,
    execution_role_arn=connection.role_arn,
)
verbose = f"{payload.JSONLINES}; verbose=true"
follow_transform(transform(knn_name, "people", accept=verbose))
neighbours = answers_of("people")
print(list(neighbours[0]))

# %%
nearest = recommend.top_n_from_neighbours(neighbours, people, films, data)
nearest_titles = {
    f"user {user}": list_["title"].to_list() for user, list_ in nearest.groupby("user")
}
pd.DataFrame(nearest_titles, index=range(1, 11))

# %% [markdown]
# The lists of section 11, from one question a user instead of thousands. Two films whose scores agree to the last digit
# of float32 may change places, so compare what is on the lists:

# %% tags=["nbval-check-output"]
agree = [len(set(titles[user]) & set(nearest_titles[user])) for user in titles]
print("films on both lists of ten, at least:", min(agree) >= 9)

# %% [markdown]
# ## 14. Tear down, and prove it
#
# Closing the notebook stops nothing. First, what is there now?

# %%
connection.what_is_running()

# %% [markdown]
# **E9.3** Delete the endpoint, its configuration and the model. Each of these objects has a method `delete()`.

# %%
def tear_down(endpoint, configuration, model):
    """Delete all three, the one that costs money first."""
    ### BEGIN SOLUTION
    endpoint.delete()
    configuration.delete()
    model.delete()
    ### END SOLUTION

check("E9.3", tear_down)

# %%
# hint("E9.3")      # stuck? remove the first "#" and run; each time tells a little more
# solution("E9.3")

# %% [markdown]
# The check tried your function on stand-ins. `tear_down(endpoint, configuration, model)` in a new cell does it in earnest.
# Whether you do or not, the next line removes all that this course has made and left behind, the files in S3 included,
# and lists what it removed:

# %%
connection.clean_up()

# %% tags=["nbval-check-output"]
print("left running:", len(connection.what_is_running()))

# %%
quiz("Q9")

# %% [markdown]
# ## Recap
#
# - RecordIO in S3 → training job → `model.tar.gz` → model, configuration, endpoint → scores → a list.
# - Shuffle the rows and let them fill their batches; the algorithm will not do it for you.
# - The endpoint knows columns only. Keep the `FeatureMap` with the model, or nobody can ask it anything.
# - Tuning finds the best of several tries. Judge it on rows that did not choose.
# - A batch transform job scores a file and ends; k-NN over $(v_i, w_i)$ finds a user's best films at once.
# - Delete the endpoint, and let a list of what is running prove it.
#
# **Tweak** `num_factors`. AWS's tuner cannot: it takes learning rates, regularisation, starting values,
# `epochs` and `mini_batch_size`. **Twiddle** `factors_lr`: give it SageMaker's default, `"0.0001"`. **Frob** the shuffle: take it
# away.
#
# *In practice…* `ModelTrainer` and `ModelBuilder` of the SageMaker SDK wrap these calls; older pages use SDK 2, whose
# `FactorizationMachines` class is gone from version 3. All of them send the requests that you have seen here.
