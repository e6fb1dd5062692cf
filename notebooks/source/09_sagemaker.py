# ---
# course:
#   plain: true
# ---

# %% [markdown]
# # Train and deploy a recommender on SageMaker
#
# **You will** train SageMaker's built-in `factorization-machines` algorithm on MovieLens, put the model behind an
# endpoint, ask it in two formats, print a top-10 list for three users, and prove that nothing is left running.
#
# **You need** lesson 05, or an idea of one-hot rows. No AWS account.
#
# **Time** 60 minutes: 20 reading, 25 doing, 15 discussing.
#
# | id | after this lesson you can |
# |---|---|
# | O9.1 | choose the hyperparameters that matter |
# | O9.2 | hand data to a training job through S3 channels |
# | O9.3 | deploy a model and ask it in JSON and in RecordIO |
# | O9.4 | tear everything down and prove it |

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
for channel, X, y in (("train", X_train, y_train), ("test", X_test, y_test)):
    packed = io.BytesIO()
    recordio.write(packed, X, y)
    key = f"{prefix}/{channel}/part-0.pbr"
    s3.put_object(Bucket=connection.bucket, Key=key, Body=packed.getvalue())
    print(f"{channel}: {len(y):,} rows, {packed.getbuffer().nbytes / 1e6:.1f} MB")

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
def s3_channel(name):
    """A channel that reads every object under this lesson's folder of that name."""
    source = S3DataSource(s3_data_type="S3Prefix", s3_uri=f"{folder}/{name}/")
    return Channel(
        channel_name=name, data_source=DataSource(s3_data_source=source),
        content_type="application/x-recordio-protobuf",
    )

# %% [markdown]
# Before you start it: will this model beat the plain biases of lesson 05, which know who is generous and what is good,
# and nothing of taste?

# %%
predict("P9.1")

# %%
job_name = connection.name("movielens")
algorithm = AlgorithmSpecification(training_image=image, training_input_mode="File")
machine = ResourceConfig(
    instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5
)
job = TrainingJob.create(
    training_job_name=job_name,
    role_arn=connection.role_arn,
    algorithm_specification=algorithm,
    hyper_parameters=hyperparameters,
    input_data_config=[s3_channel("train"), s3_channel("test")],
    output_data_config=OutputDataConfig(s3_output_path=f"{folder}/output"),
    resource_config=machine,
    stopping_condition=StoppingCondition(max_runtime_in_seconds=900),
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

model_uri = finished["ModelArtifacts"]["S3ModelArtifacts"]
bucket, key = model_uri.removeprefix("s3://").split("/", 1)
s3.download_file(bucket, key, "model.tar.gz")
fm = artifact.load("model.tar.gz").params
os.remove("model.tar.gz")
print(f"w0 = {fm.w0:.2f}, w {fm.w.shape}, V {fm.V.shape}")

# %% tags=["nbval-check-output"]
own_rmse = rmse(y_test, fm.predict(X_test))
print("our own prediction gives the job's test RMSE:", abs(own_rmse - test_rmse) < 5e-6)

# %% [markdown]
# ## 7. Deploy
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
# ## 8. Ask, in JSON
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
# ## 9. Ask, in RecordIO
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
# ## 10. A top-10 list for three users
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
# ## 11. Tear down, and prove it
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
# - Delete the endpoint, and let a list of what is running prove it.
#
# **Tweak** `num_factors`. **Twiddle** `factors_lr`: give it SageMaker's default, `"0.0001"`. **Frob** the shuffle: take it
# away.
#
# *In practice…* `ModelTrainer` and `ModelBuilder` of the SageMaker SDK wrap these calls; older pages use SDK 2, whose
# `FactorizationMachines` class is gone from version 3. All of them send the requests that you have seen here.
