# %% [markdown]
# # Train and deploy a recommender on SageMaker
#
# **You will** train SageMaker's built-in `factorization-machines` algorithm on MovieLens, read its bill, put the model
# behind an endpoint, ask it in two formats, print a top-10 list for three users, and prove that nothing is left running.
# In a second half, SageMaker tries settings of its own, and a whole file is scored without an endpoint.
#
# **You need** Python and pandas, and an idea of one-hot rows (lesson 05). No AWS account.
#
# **Time** 86 minutes: a core of 61 (21 reading, 25 doing, 15 discussing), and a second half of 25 that can wait for
# another day. The minutes stand beside the headings.
#
# | id | after this lesson you can |
# |---|---|
# | O9.1 | choose the hyperparameters and the machine that matter |
# | O9.2 | hand data to a training job through S3 channels |
# | O9.3 | deploy a model and ask it in JSON and in RecordIO |
# | O9.4 | work out the bill, tear everything down and prove it |
# | O9.5 | let a tuning job choose, and judge its choice on rows that it never saw (second half) |
# | O9.6 | score a whole file by batch transform, and find the best films by nearest neighbours (second half) |

# %% [markdown] tags=["notes"]
# **Before class.** Font 18, light theme, sidebar closed. Run section 1 once, so that the server is warm. Nothing here
# reaches AWS unless `COURSE_AWS_MODE` says so. If you teach with an account: a job takes 5 minutes there instead of 5
# seconds, an endpoint 3 to 8; start both, then discuss.
# **Arc.** Rows to S3, job, bill, endpoint, lists, nothing left. The bill (section 7) is what they will remember.
# **If late.** Skip E9.3 and section 9. Never skip sections 7 and 10. The second half needs sections 1 to 9 of the same
# sitting; what it needs in S3 it makes anew.

# %% [markdown]
# ## 1. Connect (2 min)
#
# One notebook, two places. `local` (the default) is a SageMaker on your own machine: the same requests, the same
# files, real training, no bill, and no way to reach AWS. `aws` is Amazon's: it costs money. It refuses to start until
# you have named the account that pays (`COURSE_AWS_ACCOUNT`), and then it refuses what might cost more than your budget.

# %%
import io
import json
import os

import numpy as np
import pandas as pd

from course_utils.learn import check, hint, notice, predict
from course_utils.learn import quiz, record, reveal, solution

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
# ## 2. Turn ratings into rows (4 min)
#
# As in lesson 05: ratings, some of them kept back for judging, and a `FeatureMap` that knows which column belongs to which
# id. Two habits of the real algorithm decide how good the model gets, and its manual mentions neither:
#
# 1. It reads the rows **in file order, in every epoch** (a pass over all rows). Ours are sorted by user: shuffle first.
# 2. It **fills the last batch with empty rows** whose label is 0, and learns from them. So keep the number of rows a
#    multiple of `mini_batch_size`, the number of rows in a batch.

# %%
from course_utils.datasets import movielens
from course_utils.encode import FeatureMap
from course_utils.evaluate.split import split_by_hash

data = movielens.load("ml-latest-small")
learn_rows, judge_rows = split_by_hash(data.ratings, test_share=0.1)
feature_map = FeatureMap.fit(learn_rows, blocks=("user", "item"))
notice(data)

# %% tags=["nbval-check-output"]
mini_batch_size = 1000
order = np.random.default_rng(7).permutation(len(learn_rows))
order = order[: len(order) // mini_batch_size * mini_batch_size]
X_train = feature_map.transform(learn_rows)[order]
y_train = learn_rows["rating"].to_numpy(np.float32)[order]
X_test = feature_map.transform(judge_rows)
y_test = judge_rows["rating"].to_numpy(np.float32)

print("rows left over after the last full batch:", len(y_train) % mini_batch_size)
print("dtype:", X_train.dtype)

# %% [markdown]
# ## 3. Send the rows to S3 (5 min)
#
# A training job runs on a machine of Amazon's. It sees nothing of your notebook, only S3. So the rows travel there first,
# as RecordIO-protobuf with float32 values (lesson 08); the algorithm takes nothing else.

# %%
from course_utils import recordio

s3 = connection.client("s3")
folder = f"{connection.s3_folder}/lesson-09"
prefix = folder.removeprefix(f"s3://{connection.bucket}/")

def upload(name, X, y=None):
    """Pack rows as RecordIO and put them under this lesson's folder."""
    packed = io.BytesIO()
    recordio.write(packed, X, y)
    key = f"{prefix}/{name}/part-0.pbr"
    s3.put_object(Bucket=connection.bucket, Key=key, Body=packed.getvalue())
    print(f"{name}: {X.shape[0]:,} rows, {packed.getbuffer().nbytes / 1e6:.1f} MB")

# %% [markdown]
# The job is told where its rows are in **channels**. A channel has a name, an address, and a content type. The algorithm
# knows two names: `train`, which it must have, and `test`, if you want to be told how good the model is. Here is the
# second one, worked out; `folder` begins with `s3://` and the bucket.
#
# **E9.1** Write `train_channel`, its twin. Replace the `...` and run the cell. Stuck? Type `hint("E9.1")` into a new cell:
# there are three hints, each stronger than the last, and then `solution("E9.1")`. Every exercise has them.

# %%
upload("train", X_train, y_train)
upload("test", X_test, y_test)
RECORDIO = "application/x-recordio-protobuf"
test_channel = {
    "channel_name": "test", "s3_uri": f"{folder}/test/", "content_type": RECORDIO,
}
### BEGIN SOLUTION: train_channel = ...
train_channel = {
    "channel_name": "train", "s3_uri": f"{folder}/train/", "content_type": RECORDIO,
}
### END SOLUTION

check("E9.1", {"channel": train_channel, "folder": folder})

# %% [markdown] tags=["notes"]
# **On the board.** Notebook, S3, training machine: three boxes, and an arrow for each upload and download. Draw it now and
# add the endpoint in section 8. **Expected slips**: a path of the laptop as the address; `training` as the name.

# %% [markdown]
# ## 4. Choose the hyperparameters (9 min)
#
# *Hyperparameters* are what you choose and the job does not learn. Three are required: `feature_dim` (the number of
# columns), `num_factors` (the *k* of lessons 02 and 04) and `predictor_type` (`regressor` for numbers, `binary_classifier`
# for yes or no). Others have defaults: `…_lr` are learning rates, `…_wd` (*weight decay*) is regularisation, each for the
# weights (`linear`) and for $V$ (`factors`). All values travel as text: `"30"`, not `30`.
#
# **E9.2** Write `required`, a dictionary of the three required ones. Take 16 factors. `feature_map` knows the columns.

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

check("E9.2", {"required": required, "columns": feature_map.feature_dim})

# %% [markdown]
# **E9.3 Bug hunt.** A colleague has 80,000 shuffled one-hot rows with 10,334 columns, labelled with stars, and wrote the
# job below. Five entries are faulty: three make the job fail, one pays for what this data cannot use, and one spoils the
# model in silence. Write `mended`, the same dictionary with five entries put right.

# %%
faulty = {
    "feature_dim": 10334, "num_factor": "64", "predictor_type": "regression",
    "epochs": "30", "mini_batch_size": "3000", "instance_type": "ml.p3.2xlarge",
}
### BEGIN SOLUTION: mended = ...
mended = {
    "feature_dim": "10334", "num_factors": "64", "predictor_type": "regressor",
    "epochs": "30", "mini_batch_size": "1000", "instance_type": "ml.m5.large",
}
### END SOLUTION

check("E9.3", mended)

# %% [markdown]
# `ml.p3` machines have a GPU. The algorithm can train on one, but only with dense rows; for sparse ones Amazon recommends
# CPU. A GPU here is money for nothing.

# %% [markdown] tags=["notes"]
# **Collect** the five, one from each row of the class. **Listen for M31**: "machine learning runs on GPUs". Which of the
# five would nobody have noticed? The batch size: 80,000 rows leave 2,000, and 1,000 empty rows with label 0 fill the last
# batch of every epoch. In a real tuned job of 2024 the last batch held 11 ratings and 983 empty rows; without the empty
# rows the RMSE was .02 lower (replayed).

# %% [markdown]
# ## 5. Train (9 min)
#
# The algorithm is a program in a *container image*: a package with all that it needs to run on any machine. AWS keeps
# one in each region, and `image_uris` knows the address. So that the lesson runs on in any case, the first lines set what
# you wrote above.

# %%
from sagemaker.core import image_uris
from sagemaker.core.resources import TrainingJob
from sagemaker.core.shapes import (
    AlgorithmSpecification, Channel, DataSource, OutputDataConfig, ResourceConfig,
    S3DataSource, StoppingCondition,
)

hyperparameters["feature_dim"] = str(feature_map.feature_dim)
hyperparameters |= {"num_factors": "16", "predictor_type": "regressor"}
image = image_uris.retrieve("factorization-machines", connection.region)
print(image)

# %%
def s3_channel(name, channel=None):
    """A channel that reads what upload() put under a name; it may have another name."""
    source = S3DataSource(s3_data_type="S3Prefix", s3_uri=f"{folder}/{name}/")
    return Channel(
        channel_name=channel or name, content_type=RECORDIO,
        data_source=DataSource(s3_data_source=source),
    )

machine = ResourceConfig(
    instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5
)
at_most = StoppingCondition(max_runtime_in_seconds=900)
output = OutputDataConfig(s3_output_path=f"{folder}/output")

# %% [markdown]
# What a job needs: a name, the image, the hyperparameters, the channels, a place for the model, a machine, and a limit of
# its time. A job that was asked for wrongly fails after some paid minutes, so `preflight` looks at all of it first, the
# rows in S3 included. It starts nothing.

# %%
job_name = connection.name("movielens")
algorithm = AlgorithmSpecification(training_image=image, training_input_mode="File")
wanted = {
    "training_job_name": job_name, "role_arn": connection.role_arn,
    "algorithm_specification": algorithm, "hyper_parameters": hyperparameters,
    "input_data_config": [s3_channel("train"), s3_channel("test")],
    "output_data_config": output,
    "resource_config": machine, "stopping_condition": at_most,
}
connection.preflight(**wanted)

# %% [markdown]
# A line with `--` is what cannot be known from here; one with `FIX` says what to type. `create` sends the job off and does
# not wait.

# %%
job = TrainingJob.create(**wanted)

# %% [markdown]
# While it runs: will this model beat the plain biases of lesson 06, which know who is generous and what is good, and
# nothing of taste?

# %%
predict("P9.1")

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
# names, run the cells from the one with `preflight` on again (the job then gets a new name), and go on.

# %%
from course_utils.evaluate.baselines import Biases
from course_utils.evaluate.metrics import personalisation, rmse

metrics = {m["MetricName"]: m["Value"] for m in finished["FinalMetricDataList"]}
test_rmse = metrics["test:rmse"]
biases_rmse = rmse(y_test, Biases().fit(learn_rows).predict(judge_rows))
print(f"the machine: {test_rmse:.4f}; biases alone: {biases_rmse:.4f}")
record(f"{data.name}.sagemaker_fm.rmse", test_rmse)
record(f"{data.name}.biases.rmse", biases_rmse)
reveal("P9.1", {"machine": test_rmse, "biases": biases_rmse})

# %% tags=["nbval-check-output"]
print("the machine beats the biases:", test_rmse < biases_rmse)

# %% [markdown] tags=["notes"]
# **Discuss (2 min).** What would change this result? Rows in file order lose to the biases, with these very settings (try
# it: *Frob*, below). With SageMaker's default `factors_lr`, thirty epochs on real MovieLens end about where the biases
# are. Show one failing job: misspell `epochs` in section 4, and run from there; the reason names the word.

# %% [markdown]
# ## 6. Open the model (3 min)
#
# The job left one file in S3: `model.tar.gz`. It holds $w_0$, $w$ and $V$, in the format of MXNet, the library that the
# algorithm is written with. `artifact` reads it without MXNet. If your own prediction from these numbers gives the test
# score that the job reported, then nothing about the service is magic.

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
# ## 7. Read the bill (12 min)
#
# Your job went through four stages. On AWS each takes its time: a machine has to be found (*Starting*), rows and image to
# be fetched (*Downloading*). Here is a job at AWS whose log is public: in May 2024 somebody trained 91 epochs on 70 % of
# MovieLens. The algorithm itself was at work for 28 seconds. How many seconds did AWS count for the bill?

# %%
predict("P9.2")

# %%
from course_utils.widgets import job_timeline

for who, stages in {"your job": job_timeline.stages(finished),
                    "the public job": job_timeline.PUBLISHED}.items():
    parts = [f"{each.name} {each.seconds:.0f} s" for each in stages]
    print(f"{who}: {', '.join(parts)}; {job_timeline.billed_seconds(stages)} s counted")
reveal("P9.2", job_timeline.billed_seconds(job_timeline.PUBLISHED))

# %% [markdown]
# The meter runs from the download to the stored model: `TrainingStartTime` to `TrainingEndTime`, in whole seconds, on
# every machine of the job. *Starting* is free. In the public job the algorithm was at work for a tenth of the counted
# time; most of the rest went into fetching things. That is why a large machine for a small job is money wasted: the
# meter runs faster, and the download does not.
#
# What a job is billed for stands in its description, as `BillableTimeInSeconds`. An **endpoint** is billed for as long
# as it exists, asked or not.
#
# **E9.4** Two lines are missing. `price` and `endpoint_price` are dollars an hour, for one machine.

# %%
def bill(job, price, endpoint_hours, endpoint_price):
    """Dollars for a finished job, a dict like `finished`, and for an endpoint."""
    seconds = job["BillableTimeInSeconds"]             # of each machine
    machines = job["ResourceConfig"]["InstanceCount"]
    training = seconds / 3600 * machines * price  ### SOLUTION: training = ...
    endpoint = endpoint_hours * endpoint_price  ### SOLUTION: endpoint = ...
    return training + endpoint

check("E9.4", bill)

# %% [markdown]
# Now a Friday. The explorable opens when you have locked in an answer. Its prices are **assumptions** (us-east-1, as
# quoted in 2025, dollars an hour): `ml.m5.large` 0.115 for training, `ml.t2.medium` 0.056 for the endpoint. Prices differ
# between regions and change; put in what Amazon's price page says today.

# %%
from course_utils.widgets import JobTimeline

JobTimeline(finished)

# %% [markdown]
# **Three questions for the timeline**
#
# 1. Set the **hours of the endpoint** to 1. Between which two settings of the **minutes in the what-if** does training
#    become the larger part? And with the endpoint forgotten for a month?
# 2. Look at **your own job**, then at the **public one**. Which stage is different, and which stages does a larger machine
#    not shorten? What do four machines cost, if they do not shorten anything?
# 3. Choose the machine with a **GPU**. How much faster than an `ml.m5.large` would it have to be to cost the same? (It is
#    not faster at all here; section 4 says why.)

# %% tags=["nbval-check-output"]
from course_utils.aws import prices

hour_of_training = prices.of("ml.m5.large", "training").usd_per_hour
hour_of_endpoint = prices.of("ml.t2.medium", "hosting").usd_per_hour
training, weekend = 274 / 3600 * hour_of_training, 64 * hour_of_endpoint
print(f"274 seconds of training ${training:.4f}, 64 hours of endpoint ${weekend:.2f}")
print(f"the endpoint costs {weekend / training:.0f} times the training")

# %%
reveal("P9.3", weekend / training)

# %% [markdown]
# **More machines?** `instance_count` may be larger than 1: all machines then learn one model together, each sending its
# steps to the others. Suppose four machines, each of which reads all the rows. What happens to the test RMSE?

# %%
predict("P9.4")

# %% [markdown]
# Measured with `benchmarks/hosts.py` in the course's repository: this lesson's job on real MovieLens, with ten seeds, on
# the local SageMaker, where "machines" are processes. RMSE on the rows kept back:

# %% tags=["nbval-check-output"]
one = [.8467, .8484, .8454, .8467, .8458,
       .8433, .8438, .8436, .8449, .8429]
four = [.8677, .8968, .8695, .8656, .8907,
        .8801, .8904, .9516, .8747, .8907]
quarter = [.8552, .8536, .8501, .8570, .8525,
           .8509, .8527, .8535, .8527, .8489]

for way, errors in {"1 machine": one, "4 machines, each reads all rows": four,
                    "4 machines, each reads a quarter": quarter}.items():
    worse = sum(np.array(errors) > one)
    print(f"{way}: mean {np.mean(errors):.3f}, worse than one in {worse} of 10")

# %%
from course_utils.plots import seed_strips, show

fig = seed_strips({"each reads all rows": (one, four),
                   "each reads a quarter": (one, quarter)},
                  names=("1 machine", "4 machines"), ylabel="test RMSE",
                  title="Four machines make the worse model, whatever the seed")
show(fig, alt="Two panels, ten seeds each. In both, four machines have the larger test "
              "RMSE in every seed; where each machine reads all rows the gap is "
              "several times as wide as where each reads a quarter of them.")
reveal("P9.4", "It gets worse")

# %% [markdown]
# Each machine works out its steps on parameters that the others change meanwhile. And where each reads all rows, four
# machines take four times as many steps; here that is too many. The four were slower, too, but they shared one computer.
# On AWS each has processors of its own, and they still have to talk after every batch, and **four machines cost four
# times as much a second**. For data that one machine trains on in a minute, one machine is right.

# %% [markdown] tags=["notes"]
# **Answers.** 1: between 10 and 30; at no setting, since a month of this endpoint pays for two weeks of this machine. 2:
# *Downloading*; a larger machine shortens neither Starting nor, much, Downloading; four machines cost four times as much.
# 3: 33 times. **Discuss (3 min).** "Who has got a surprise bill?" It was an endpoint, a notebook instance, or logs; hardly
# ever a training job. **Listen for M30.** What was measured: RMSE by seed is the same on every computer; times depend on
# the processors, so the benchmark keeps ratios only.

# %% [markdown]
# ## 8. Deploy, and ask (7 min)
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
variant = ProductionVariant(variant_name="AllTraffic", model_name=name,
                            initial_instance_count=1, instance_type="ml.t2.medium")
EndpointConfig.create(endpoint_config_name=name, production_variants=[variant])
endpoint = Endpoint.create(endpoint_name=name, endpoint_config_name=name)

# %% [markdown]
# While it is being made, write the question. The endpoint knows no users and no films, only columns. A sparse JSON row
# names its hot columns (`keys`), their values and the number of all columns (`shape`), which must be the model's
# `feature_dim`. Rows of another map have another width, or worse, the same width and another meaning (lesson 08).

# %%
from course_utils import payload

two_rows = X_test[[0, 1]]
request = payload.encode_request(two_rows, payload.JSON)
print(request.decode())
endpoint.wait_for_status("InService", poll=1)
reply = endpoint.invoke(body=request, content_type=payload.JSON, accept=payload.JSON)
answer = json.loads(reply.body.read())
answer

# %% [markdown]
# **E9.5** Is the endpoint's answer what our own `fm` predicts? `served` and `own` hold two scores each. Write the larger
# one of the two differences, without its sign.

# %%
served = [prediction["score"] for prediction in answer["predictions"]]
own = fm.predict(two_rows)
difference = max(abs(own - served))  ### SOLUTION: difference = ...

check("E9.5", {"difference": difference, "own": own, "answer": answer})

# %% [markdown]
# Next week the shop has one film more, so the new map has one column more. Would this endpoint take a row of the new map?
# Here is the same question, as wide as next week's rows. Guess before you run it.

# %% tags=["nbval-check-output"]
from botocore.exceptions import ClientError

columns = feature_map.feature_dim
wider = request.replace(f"[{columns}]".encode(), f"[{columns + 1}]".encode())
try:
    endpoint.invoke(body=wider, content_type=payload.JSON, accept=payload.JSON)
except ClientError as error:
    told = error.response
    print(told["Error"]["Code"], told["OriginalStatusCode"])
    print(told["OriginalMessage"])

# %% [markdown]
# Refused, in few words: 400 means that the question is at fault. (On AWS the words may differ.) **`feature_dim` is fixed
# when the model is trained.** Cutting the row to the old width would silence the error and cure nothing: in the new map
# many columns belong to somebody else.
#
# JSON is readable and long. For thousands of rows, ask in RecordIO, the format of the training data: `content_type` says
# what you send, `accept` what you want back.

# %% tags=["live"]
def ask(X):
    """The endpoint's scores for many rows, in RecordIO both ways."""
    reply = endpoint.invoke(
        body=payload.encode_request(X, payload.RECORDIO),
        content_type=payload.RECORDIO, accept=payload.RECORDIO,
    )
    return payload.decode_response(reply.body.read(), payload.RECORDIO).score

scores = ask(X_test)

# %% tags=["nbval-check-output"]
as_json = len(payload.encode_request(X_test, payload.JSON))
as_recordio = len(payload.encode_request(X_test, payload.RECORDIO))
print("JSON takes more than 1.5 times the bytes:", as_json > 1.5 * as_recordio)
print("one score for each row:", len(scores) == len(y_test))
print("as our own model says:", np.allclose(scores, fm.predict(X_test), atol=1e-4))

# %% [markdown] tags=["notes"]
# **Finish the drawing**: notebook, S3, training machine, endpoint. Ask: "Which of them is gone by now?" (The training
# machine; nobody had to stop it.) **Listen for M32**: "then I send the longer row". With a new map every column has moved.

# %% [markdown]
# ## 9. Make a top-10 list for three users (4 min)
#
# For one user, every film not yet seen becomes a row; the endpoint scores them all; the ten highest make the list.

# %%
predict("P9.5")

# %%
from course_utils import recommend

def top_10(user):
    """The endpoint's ten best films that this user has not rated."""
    known = feature_map.ids("item")  # a film without a column has no score of its own
    pairs = recommend.candidates(user, data, exclude_seen=True, items=known)
    return recommend.rank(pairs, ask(feature_map.transform(pairs)), data, n=10)

users = np.sort(learn_rows["user"].unique())[[0, 209, 333]]
lists = {int(user): top_10(user) for user in users}
titles = {f"user {user}": list_["title"].to_list() for user, list_ in lists.items()}
pd.DataFrame(titles, index=range(1, 11))

# %%
shared = set.intersection(*(set(list_["item"]) for list_ in lists.values()))
distance = personalisation([list_["item"].to_list() for list_ in lists.values()])
print(f"films on all three lists: {len(shared)}")
print(f"mean distance between two lists: {distance:.2f} (0 the same, 1 nothing shared)")
for user, list_ in lists.items():
    record(f"{data.name}.top10.user_{user}", list_["title"].to_list())
record(f"{data.name}.top10.personalisation", distance)
reveal("P9.5", len(shared))

# %% [markdown]
# Whenever somebody shows you a list of recommendations, ask for a second user's. A list that is the same for everybody is
# a bestseller table, not a recommendation. And a film on all three lists is no fault as such: some films nearly everybody
# likes. Train again and the lists change a little: $V$ starts at random, and many films score nearly alike.
#
# ## 10. Tear down, and prove it (3 min)
#
# Closing the notebook stops nothing: the endpoint runs on Amazon's machine, not on yours. First, what is there now?

# %%
connection.what_is_running()

# %% [markdown]
# **E9.6** Delete the endpoint, its configuration and the model. Each of these objects has a method `delete()`.

# %%
def tear_down(endpoint, configuration, model):
    """Delete all three, the one that costs money first."""
    ### BEGIN SOLUTION
    endpoint.delete()
    configuration.delete()
    model.delete()
    ### END SOLUTION

check("E9.6", tear_down)

# %% [markdown]
# The check tried your function on stand-ins. Whether you called it in earnest or not, the next line removes all that this
# course has made and left behind, the files in S3 included, and lists what it removed. Everything bears a *tag*, so that
# a notebook that crashed is no trouble: `python3 course.py aws leftovers` finds what it left. Then the proof:

# %%
connection.clean_up()

# %% tags=["nbval-check-output"]
print("left running:", len(connection.what_is_running()))

# %% [markdown] tags=["notes"]
# **Discuss (1 min).** "Which of these lines is the important one?" The last: a delete that was refused looks like one that
# worked, until somebody lists what is there. **If you stop here**, do the quiz; its last two questions wait.

# %% [markdown]
# ## 11. Check yourself (3 min)
#
# Seven questions; a wrong answer tells you why it is tempting. Nothing is counted or kept. The last two are about the
# second half: come back for them.

# %%
quiz("Q9")

# %% [markdown]
# **Here ends the core.** What follows needs sections 1 to 9 of the same sitting, and can wait for another day: run
# those again then, and go on here.
#
# ## Second half
#
# ## 12. Let SageMaker choose (10 min)
#
# You chose the learning rate of the factors and their regularisation. A **tuning job** chooses for you: it starts
# training jobs with different values, looks at what each measured on its `test` channel, and tries next where a better
# result seems likely. That last step is called *Bayesian*; `Random` tries blindly and needs no patience between jobs.
# Every try is a training job like the one above, and is billed like one.
#
# The winner's score is the best of several tries **on the rows that chose it**. Part of that is luck. So cut some of the
# learning rows off to choose with, and keep the judging rows out of it.

# %%
from sagemaker.core.resources import HyperParameterTuningJob
from sagemaker.core.shapes import (
    ContinuousParameterRange, HyperParameterAlgorithmSpecification,
    HyperParameterTrainingJobDefinition, HyperParameterTuningJobConfig,
    HyperParameterTuningJobObjective, ParameterRanges, ResourceLimits,
)

cut = len(y_train) // 10 // mini_batch_size * mini_batch_size
upload("tune-train", X_train[cut:], y_train[cut:])
upload("tune-choose", X_train[:cut], y_train[:cut])

# %% [markdown]
# The **plan**: what to look for, where, and how many jobs you will pay for.

# %%
def between(name, low, high):
    """Values tried between two bounds, as often near .001 as near .01."""
    return ContinuousParameterRange(
        name=name, min_value=low, max_value=high, scaling_type="Logarithmic"
    )

ranges = [
    between("factors_lr", "0.0001", "0.003"), between("factors_wd", "0.00001", "0.1")
]

# %%
best = HyperParameterTuningJobObjective(type="Minimize", metric_name="test:rmse")
jobs = ResourceLimits(max_number_of_training_jobs=4, max_parallel_training_jobs=2)
plan = HyperParameterTuningJobConfig(
    strategy="Bayesian", hyper_parameter_tuning_job_objective=best, random_seed=1,
    parameter_ranges=ParameterRanges(continuous_parameter_ranges=ranges),
    resource_limits=jobs,
)

# %% [markdown]
# The **definition**: what every one of the jobs has in common.

# %%
tuned = {each.name for each in ranges}
fixed = {name: value for name, value in hyperparameters.items() if name not in tuned}
channels = [s3_channel("tune-train", "train"), s3_channel("tune-choose", "test")]
definition = HyperParameterTrainingJobDefinition(
    algorithm_specification=HyperParameterAlgorithmSpecification(
        training_image=image, training_input_mode="File"
    ),
    static_hyper_parameters=fixed, input_data_config=channels,
    role_arn=connection.role_arn, output_data_config=output,
    resource_config=machine, stopping_condition=at_most,
)

# %%
tuning_name = connection.name("tune")
tuning = HyperParameterTuningJob.create(
    hyper_parameter_tuning_job_name=tuning_name,
    hyper_parameter_tuning_job_config=plan, training_job_definition=definition,
)

# %% [markdown]
# It runs. Commit yourself meanwhile: each try learns from fewer rows than your own model did, since a tenth of them
# chooses.

# %%
predict("P9.6")

# %% [markdown]
# **E9.7** A larger tuning job gave every try two scores: one on the rows that choose, one on the rows that judge. Write
# `verdict(choose, judge)`: which RMSE would you report for this tuning job, if you want it to be true on new rows? Both
# arguments are lists, one number for each try.

# %%
def verdict(choose, judge):
    """The RMSE to report, from two lists of RMSE, one number for each try."""
    return judge[int(np.argmin(choose))]  ### SOLUTION: return ...

check("E9.7", verdict)

# %%
from course_utils.aws import follow_tuning

tries = follow_tuning(tuning_name)
tries.drop(columns=["job", "status"])

# %% [markdown]
# The best job stands first. Its model lies in S3 like any other, so you can judge it on the rows that nobody has used
# yet, beside the model that you chose yourself:

# %%
best_job = tries.loc[0, "job"]
winner_uri = f"{folder}/output/{best_job}/output/model.tar.gz"
winner = open_model(winner_uri)
winner_rmse = rmse(y_test, winner.predict(X_test))
print(f"the winner, on the rows that chose it: {tries.loc[0, 'test:rmse']:.4f}")
print(f"the winner, on the judging rows:       {winner_rmse:.4f}")
print(f"your own choice, on the judging rows:  {test_rmse:.4f}")
reveal("P9.6", {"winner": winner_rmse, "own": test_rmse})

# %% [markdown]
# Four tries are few, and two sets of rows are never equally hard; with fifty tries, luck weighs more. In earnest you would
# now train once more, with the winner's values and all the rows.
#
# ## 13. Score a file, without an endpoint (7 min)
#
# An endpoint waits for questions, day and night. When all questions are known beforehand (tonight's lists for every user,
# say), a **batch transform job** is cheaper: it starts machines, sends them a file from S3, writes the answers to S3, and
# ends. It needs a model, here the tuner's winner, and no endpoint.

# %%
from sagemaker.core.resources import TransformJob
from sagemaker.core.shapes import (
    TransformDataSource, TransformInput, TransformOutput, TransformResources,
    TransformS3DataSource,
)

def transform_input(name):
    """What upload() put under a name, as the input of a transform job."""
    place = TransformS3DataSource(s3_data_type="S3Prefix", s3_uri=f"{folder}/{name}/")
    return TransformInput(
        data_source=TransformDataSource(s3_data_source=place),
        content_type=payload.RECORDIO, split_type="RecordIO",
    )

# %%
def transform(model_name, name, accept):
    """Send what upload() put under a name through a model."""
    batch_name = connection.name("batch")
    TransformJob.create(
        transform_job_name=batch_name, model_name=model_name,
        transform_input=transform_input(name),
        transform_output=TransformOutput(
            s3_output_path=f"{folder}/{name}-answers",
            accept=accept, assemble_with="Line"),
        transform_resources=TransformResources(
            instance_type="ml.m5.large", instance_count=1),
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

winner_name = connection.name("winner")
container = ContainerDefinition(image=image, model_data_url=winner_uri)
winner_model = Model.create(model_name=winner_name, primary_container=container,
                            execution_role_arn=connection.role_arn)
upload("ask", X_test)

# %%
follow_transform(transform(winner_name, "ask", accept=payload.JSONLINES))
answers = answers_of("ask")
answers[:2]

# %% [markdown]
# **E9.8** `answers` holds one dictionary a row. Compute the RMSE of these answers on `y_test`. Which number of section 12
# should you meet again?

# %%
### BEGIN SOLUTION: batch_rmse = ...
batch_rmse = rmse(y_test, np.array([answer["score"] for answer in answers]))
### END SOLUTION

check("E9.8", {"batch_rmse": batch_rmse, "winner_rmse": winner_rmse})

# %% [markdown]
# ## 14. Find the best films, without sending every film (6 min)
#
# Section 9 sent every unseen film to the endpoint to find ten. With a million products that hurts. Look at the score of a
# user $u$ and a film $i$ again:
#
# $$\hat y = \underbrace{w_0 + w_u}_{\text{the same for all films}} + w_i + \langle v_u, v_i\rangle$$
#
# Only $w_i + \langle v_u, v_i\rangle$ can change the order of one user's films, and that is the inner product of two
# longer vectors: $(v_u, 1)$ and $(v_i, w_i)$. So *the best films of a user are the films nearest to that user*, and finding
# nearest vectors is what SageMaker's built-in **k-NN** algorithm does. Its training data are the film vectors (of your own
# model, `fm`), and their labels say which film each is.

# %% tags=["nbval-check-output"]
films = recommend.item_vectors(fm, feature_map)
people = recommend.user_vectors(fm, feature_map, users, data)
print("numbers for a film, and for a user:", films.X.shape[1], people.X.shape[1])

# %% [markdown]
# `k` is how many neighbours to name: ten, and as many more as somebody has seen already, since k-NN does not know what
# was seen.

# %%
upload("films", films.X, films.labels)
upload("people", people.X)
knn_image = image_uris.retrieve("knn", connection.region)
knn_settings = {
    "feature_dim": str(films.X.shape[1]), "sample_size": str(len(films.ids)),
    "k": str(recommend.neighbours_needed(people, films, data)),
    "predictor_type": "classifier", "index_metric": "INNER_PRODUCT",
}
knn_name = connection.name("knn")
knn = AlgorithmSpecification(training_image=knn_image, training_input_mode="File")

# %%
TrainingJob.create(
    training_job_name=knn_name, role_arn=connection.role_arn,
    algorithm_specification=knn, hyper_parameters=knn_settings,
    input_data_config=[s3_channel("films", "train")],
    output_data_config=output, resource_config=machine, stopping_condition=at_most,
)
knn_job = follow(knn_name, only="Training|Completed")
container = ContainerDefinition(
    image=knn_image, model_data_url=knn_job["ModelArtifacts"]["S3ModelArtifacts"]
)
knn_model = Model.create(model_name=knn_name, primary_container=container,
                         execution_role_arn=connection.role_arn)

# %% [markdown]
# k-NN predicts a label by a vote of the neighbours, which is of no use here. *Verbose* answers name the neighbours
# themselves. Three users need no endpoint; nor would three million. How many of each user's ten films will come back?

# %%
predict("P9.7")

# %%
verbose = f"{payload.JSONLINES}; verbose=true"
follow_transform(transform(knn_name, "people", accept=verbose))
neighbours = answers_of("people")
nearest = recommend.top_n_from_neighbours(neighbours, people, films, data)
nearest_titles = {
    f"user {user}": list_["title"].to_list() for user, list_ in nearest.groupby("user")
}
pd.DataFrame(nearest_titles, index=range(1, 11))

# %% [markdown]
# The lists of section 9, from one question a user instead of thousands. Two films whose scores agree to the last digit
# of float32 may change places, so compare what is on the lists:

# %% tags=["nbval-check-output"]
agree = [len(set(titles[user]) & set(nearest_titles[user])) for user in titles]
print("at least 9 films of each list come back:", min(agree) >= 9)

# %%
reveal("P9.7", min(agree))

# %% [markdown]
# ## 15. Tear down again (2 min)
#
# No endpoint this time, but files, models and configurations. The habit is the point.

# %%
connection.clean_up()

# %% tags=["nbval-check-output"]
print("left running:", len(connection.what_is_running()))

# %% [markdown] tags=["notes"]
# **Second half, answers.** E9.7 is the whole of section 12: choose with one set of rows, report another. Ask for the
# everyday form of the mistake ("we tried forty models and report the best one's test score"). Sections 13 and 14 are
# optional for those who will never run a nightly job.

# %% [markdown]
# ## In practice …
#
# * **Alarms before jobs.** Set a budget with an e-mail alarm on a new account, before the first endpoint. Endpoints can
#   also be *serverless*: billed by request, slower to wake.
# * **One block, no leftovers.** `with connection.endpoint(model_uri, image) as endpoint:` makes all three, waits, and takes
#   them away when the block ends, after an error too. This lesson asks in many cells, so it could not use it.
# * **Spot machines** are Amazon's spare ones, cheaper, and may be taken away. The public job of section 7 ran on one: 274
#   seconds counted, 121 charged.
# * **Model and map travel together.** Store the `FeatureMap` beside `model.tar.gz`, under one version (lesson 10).
# * **Other SDKs, same requests.** `ModelTrainer` and `ModelBuilder` of the SageMaker SDK wrap these calls; older pages use
#   SDK 2, whose `FactorizationMachines` class is gone from version 3. All of them send the requests that you have seen.
#
# ## Tweak, twiddle, frob
#
# * **Tweak** one number: `"epochs": "120"`, as many passes as four machines make together. Where does the error on the
#   learning rows go, and where the test RMSE? Then `factors_lr` at SageMaker's default, `"0.0001"`.
# * **Twiddle** the machines: `instance_count=2` in section 5. Look at the log without `only`: who writes, `algo-1` or
#   `algo-2`?
# * **Frob** the shuffle: take the permutation away, `order = np.arange(len(learn_rows))`. Does the machine still beat the
#   biases?
#
# ## To keep
#
# | | |
# |---|---|
# | **The path** | RecordIO in S3 → training job → `model.tar.gz` → model, configuration, endpoint → scores → a list. |
# | **The rows** | shuffled, in full batches; the algorithm will not do it for you. |
# | **The bill** | billable seconds × machines for a job; hours for an endpoint, asked or not, until it is deleted. |
# | **The endpoint** | knows columns only. Keep the `FeatureMap` with the model. |
# | **Tuning** | finds the best of several tries. Judge it on rows that did not choose. |
# | **Known questions** | go through a batch transform job, which ends by itself. |
# | **Closing the notebook** | stops nothing. Delete, then list what is left. |
#
# Next: lesson 10 asks when to train anew, and what that may cost.
