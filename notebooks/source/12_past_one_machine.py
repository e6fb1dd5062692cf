# %% [markdown]
# # Go past one machine
#
# **You will** find out what breaks first when ratings grow a thousandfold, cut a table into shards that several machines
# write and several machines train on, make lists for everybody without a row for every pair, and price a billion ratings.
#
# **You need** pandas. Lessons 06 and 09 help, and are not required. No AWS account, and no Spark: the part with Spark says
# so if it is not installed, and how to get it.
#
# **Time** 60 minutes: 17 reading, 30 doing, 13 discussing. The minutes stand beside the headings.
#
# | id | after this lesson you can |
# |---|---|
# | O12.1 | work out what breaks first when ratings grow a thousandfold |
# | O12.2 | cut a partitioned table into shards that train well |
# | O12.3 | have an engine write shards in parallel, so that a second attempt does no harm |
# | O12.4 | train on several machines, and say what they cost in dollars and in error |
# | O12.5 | make lists for everybody without writing a row for every pair |
# | O12.6 | carry measured slopes to a billion ratings, and name the assumptions |

# %% [markdown] tags=["notes"]
# **Before class.** Font 18, light theme, sidebar closed. Is Spark there? Section 3 says, and runs it if you switch it on;
# nothing after it needs it. Nothing here reaches AWS unless `COURSE_AWS_MODE` says so; then sections 4 and 5 start
# four machines in three jobs, and cost money.
# **Arc.** What breaks (1), shards (2, 3), machines (4, 5), money (6). The point of the lesson is the answer "you may not
# need this": let the dial say it in section 6.
# **If late.** Skip section 3's Spark cell and section 5's exercise. Never skip section 2.

# %% [markdown]
# ## 1. See what breaks first (7 min)
#
# A laptop with 16 GB of memory has handled every lesson so far. Here are its ratings, and what they take in memory: four
# columns of eight bytes each.

# %%
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from course_utils.datasets import movielens
from course_utils.learn import check, hint, notice, predict, quiz, reveal, solution

data = movielens.load("ml-latest-small")
notice(data)

# %%
ratings = data.ratings[["user", "item", "rating", "timestamp"]]
per_row = ratings.memory_usage(index=False).sum() / len(ratings)
print(f"{len(ratings):,} ratings, {per_row:.0f} bytes each")

# %% [markdown]
# Now a shop with **a billion ratings**. MovieLens 25M has 154 ratings a user and 59,047 films; at that rate a billion
# ratings come from 6.5 million users. Three things want memory: the **table**; the **encoded rows**, two ones in each
# (lesson 05), 24 bytes a row with label and all; and the **model**. Say the model has 64 factors. Which of the three is
# the largest?

# %%
predict("P12.1")

# %% [markdown]
# The model has a weight and `k` factors for every column. While it learns, Adam keeps two numbers more beside each of
# them: a running mean of its gradient, and of the square of it. All are float32.
#
# **E12.1** Write `model_bytes(columns, k)`: the bytes that a model takes while it is trained (without $w_0$, which nobody
# will miss). Stuck? Type `hint("E12.1")` into a new cell: there are three hints, each stronger than the last, and then
# `solution("E12.1")`. Every exercise has them.

# %%
def model_bytes(columns, k):
    """Bytes of a factorization machine and of Adam's two memories."""
    return columns * (1 + k) * 3 * 4  ### SOLUTION: return ...

check("E12.1", model_bytes)

# %% tags=["nbval-check-output"]
rows = 1_000_000_000
columns = rows // 154 + 59_047
gigabytes = {"table": rows * 32 / 1e9, "encoded rows": rows * 24 / 1e9,
             "model, k = 64": columns * (1 + 64) * 3 * 4 / 1e9}
for name, size in gigabytes.items():
    print(f"{name:14} {size:5.1f} GB")

# %%
reveal("P12.1", max(gigabytes, key=gigabytes.get))

# %% [markdown]
# The **table** breaks first, and the rows next. Both can be cut into pieces: no step needs all rows at once. The model
# is another matter. SageMaker's machines divide the *rows*; **nothing promises that they divide the model**. On our local
# SageMaker each machine makes room for all of it. How AWS spreads it is not documented, and when training ends, one
# machine writes all of it down. So plan for a machine that holds the model whole. The two questions of this lesson are
# how to cut rows, and what happens to the one thing that is not cut.

# %% [markdown] tags=["notes"]
# **Listen for M43**: "with ten machines, each needs a tenth of the memory". Of the rows, yes. Of the model, do not count on
# it. Ask when 16 GB are too small for the model (four times as many users, or 256 factors: 20 GB each).

# %% [markdown]
# ## 2. Cut the table into shards (13 min)
#
# Large tables do not lie in one file. They lie in **partitions**: a folder of files, each with some of the rows. Ours
# gets five, by user, as a shop's database would write them.

# %%
from course_utils.evaluate import rmse, split_by_hash

keeper = tempfile.TemporaryDirectory()
work = Path(keeper.name)
table = work / "table"
table.mkdir()

learn_rows, judge_rows = split_by_hash(ratings, test_share=0.1)
learn_rows = learn_rows.sort_values(["user", "item"])
for number, places in enumerate(np.array_split(np.arange(len(learn_rows)), 5)):
    learn_rows.iloc[places].to_parquet(table / f"users-{number}.parquet")
partitions = sorted(table.glob("*.parquet"))
print(len(partitions), "partitions:", *(path.name for path in partitions))

# %% [markdown]
# A training job wants **shards**: RecordIO files in S3 (lesson 08). The quickest way is one shard for each partition.
# Remember the algorithm's two habits (lesson 06): it reads rows **in file order**, and fills the last mini-batch with
# empty rows. Will a model from such shards be as good as one from shuffled rows?

# %%
predict("P12.2")

# %% [markdown]
# Let us write both. First how many rows each shard should get: whole mini-batches, and no shard more than one mini-batch
# above another, since machines that are done early wait for the others.
#
# **E12.2** Write `rows_of_shards(rows, shards, batch)`: a list with one number for each shard. The rows that fill no
# mini-batch (fewer than `batch`, of all shards together) are left out. 23 rows, 2 shards, mini-batches of 4: there are
# five mini-batches, so `[12, 8]`.

# %%
def rows_of_shards(rows, shards, batch):
    """Rows of each shard: whole mini-batches, as even as can be."""
    ### BEGIN SOLUTION
    batches = rows // batch
    return [batch * (batches // shards + (shard < batches % shards))
            for shard in range(shards)]
    ### END SOLUTION

check("E12.2", rows_of_shards)

# %% [markdown]
# Then who goes where. Each partition shuffles its rows and **deals** them out like cards, one to each shard in turn: so
# every shard gets a bit of every partition. Each shard shuffles again what it was dealt, encodes it, and writes its file.
# `course_utils/shards` holds this: `Plan` knows the counts, `deal` and `write_shard` do the work, `cut` does all of it.

# %%
from course_utils.shards import Plan, cut, deal

counts = tuple(len(pd.read_parquet(path)) for path in partitions)
plan = Plan(counts, shards=4, batch=1000)
dealt = deal(pd.read_parquet(partitions[0]), 0, plan)
print("rows of each shard:", plan.sizes)
print("what partition 0 deals to each:", dealt["shard"].value_counts().to_dict())
dealt.head(3)

# %%
made = cut(partitions, work / "dealt", shards=4, batch=1000)
print(f"{made.rows:,} rows in {len(made.shards)} shards, {made.left_out} left out")
print(*(path.name for path in sorted((work / "dealt").rglob("*.*"))), sep="\n")

# %% [markdown]
# The map of the columns lies *beside* the shards and not among them: a training job reads everything that it finds in its
# channel. Now the same rows, one shard for each partition, and one model from either.

# %%
from course_utils import recordio
from course_utils.encode import FeatureMap
from course_utils.fm import adam
from scipy import sparse

feature_map = FeatureMap.load(work / "dealt" / "feature_map.json")
naive = work / "naive"
naive.mkdir(exist_ok=True)
for number, path in enumerate(partitions):
    part = pd.read_parquet(path)
    with open(naive / f"part-{number:05}.pbr", "wb") as stream:
        stars = part["rating"].to_numpy(np.float32)
        recordio.write(stream, feature_map.transform(part), stars)

# %%
def trained_on(folder, seed=0):
    """A model from the shards of a folder, read in order as the algorithm does."""
    parts = []
    for path in sorted(Path(folder).glob("*.pbr")):
        with open(path, "rb") as stream:
            parts.append(recordio.read(stream))
    X = sparse.vstack([X for X, _ in parts]).tocsr()
    y = np.concatenate([y for _, y in parts])
    config = adam.AdamConfig(16, epochs=30, linear_lr=0.003, linear_wd=0.0001,
                             factors_lr=0.0005, factors_wd=0.0001,
                             factors_init_sigma=0.01)
    return adam.fit(X, y, config, seed=seed).params

# %%
X_judge = feature_map.transform(judge_rows)
judged = {}
for way, folder in {"a shard for each partition": naive, "dealt": made.train}.items():
    judged[way] = rmse(judge_rows["rating"], trained_on(folder).predict(X_judge))
    print(f"{way:27} {judged[way]:.3f} stars off")

# %% tags=["nbval-check-output"]
naive_rmse, dealt_rmse = judged.values()
print("dealt shards make the better model:", dealt_rmse < naive_rmse - 0.01)

# %%
reveal("P12.2", naive_rmse - dealt_rmse)

# %% [markdown]
# Same rows (but for a few that fill no mini-batch), same settings, same passes. A partition is cut to be *found* again, by
# user or by day. A shard is cut to be *learned* from: every piece of it should look like all of it.

# %% [markdown] tags=["notes"]
# **Discuss (3 min), M40**: "the data is partitioned already, so it is sharded already". Where would one partition by
# month make trouble? (The last shard is the newest month: every pass ends with one season.) The training job reports no error
# in either case; only the RMSE tells.

# %% [markdown]
# ## 3. Hand the work to an engine (9 min)
#
# `cut` did one partition after the other. Nothing in it needs to: partitions do not talk until rows are dealt, and
# shards do not talk at all. An **engine** runs the same function on many partitions at once, on the cores of one machine or
# on a hundred machines, and carries the dealt rows in between. On one machine, Python's own process pool will do:

# %%
pooled = cut(partitions, work / "pooled", shards=4, batch=1000, workers=2)
same = all((Path(made.train) / shard.name).read_bytes()
           == (Path(pooled.train) / shard.name).read_bytes() for shard in made.shards)
print("two workers wrote the same bytes as one:", same)

# %% [markdown]
# That is no accident. Among many machines one fails sooner or later, and the engine gives its work to another one, which
# **does it again**. If each attempt shuffled anew, the second one would deal some rows to other shards. Shards that
# were written before that stay as they are: some rows would then stand twice, and others nowhere.
#
# So the order must come from the rows, not from chance, and not from the order in which they happen to arrive. `keys`
# gives a number to each row that looks random and is the same on every machine:

# %%
from course_utils.shards import keys

three = learn_rows.head(3)
print(keys(three, seed=0))
print(keys(three[::-1], seed=0))

# %% [markdown]
# **E12.3** Write `order_of(rows, seed)`: the places of the rows, shuffled, so that `rows.iloc[order_of(rows, seed)]` is the
# same table in whatever order the rows of `rows` arrive. Another seed, another order.

# %%
def order_of(rows, seed):
    """Places of the rows, in an order that follows from the rows themselves."""
    return np.argsort(keys(rows, seed))  ### SOLUTION: return ...

check("E12.3", order_of)

# %% [markdown]
# ### With Spark
#
# [Apache Spark](https://spark.apache.org) is the engine that most clusters run. `course_utils/shards/cluster.py` gives it the
# same functions, and `job.py` is the script around it. Here Spark runs on your own machine, in *local mode*; on a
# cluster, `spark-submit` starts the same file. **Without Spark, the next cell says so and what to type, and the lesson
# goes on**: nothing below needs it.

# %%
from course_utils.shards import cluster

missing = cluster.what_is_missing()
print(missing or "Spark and Java are here.")

# %% [markdown]
# Spark takes half a minute to start, cut and stop, so it waits for you: set `run_spark = True`.

# %%
run_spark = False
command = [sys.executable, "-m", "course_utils.shards.job", "--local", "2",
           "--input", str(table), "--output", str(work / "spark"),
           "--shards", "4", "--batch", "1000"]
if missing or not run_spark:
    print("SPARK HAS NOT RUN.", missing or "Set run_spark = True in this cell.")
else:
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    print(done.stdout or done.stderr)
    done.check_returncode()

# %% [markdown]
# On AWS, two services run that script: **SageMaker Processing** (machines for one job, gone afterwards) and **EMR** (a
# cluster). There `--local 2` falls away, and input and output begin with `s3://`. We have not run it there.
#
# For so small a table Spark takes far longer than the pool: it starts Java, plans, and starts workers. That is the price
# of an engine that can lose a machine without losing the job.

# %% [markdown] tags=["notes"]
# **Listen for M41**: "set a seed, then `rng.permutation` is repeatable". It is, by *place*: but rows arrive in another
# order at a second attempt, because pieces come from many machines. Draw two boxes with the same rows in two orders.

# %% [markdown]
# ## 4. Train on several machines (9 min)
#
# A channel can say how its files are spread. `FullyReplicated`, the default: each machine gets all of them.
# **`ShardedByS3Key`**: each machine gets some of the files. Files are not cut, so three machines cannot share four
# shards fairly, and with fewer shards than machines some get nothing.
#
# **E12.4** You would like at least so many shards, for files of a good size. Write `shards_for(at_least, machines)`: the
# smallest such number with which every machine gets equally many.

# %%
def shards_for(at_least, machines):
    """The smallest multiple of the machines that is not below at_least."""
    return -(-at_least // machines) * machines  ### SOLUTION: return ...

check("E12.4", shards_for)

# %% [markdown]
# Four shards for two machines, then, on the local SageMaker of lesson 09, where machines are processes that talk to each
# other. First the shards travel to S3. (A job on a cluster writes them there itself.)

# %%
from course_utils.aws import connect, follow, follow_transform

connection = connect(os.environ.get("COURSE_AWS_MODE", "local"))
s3 = connection.client("s3")
folder = f"{connection.s3_folder}/lesson-12"
prefix = folder.removeprefix(f"s3://{connection.bucket}/")

for shard in made.shards:
    s3.upload_file(str(Path(made.train) / shard.name), connection.bucket,
                   f"{prefix}/train/{shard.name}")

# %%
from sagemaker.core import image_uris
from sagemaker.core.resources import Model, TrainingJob, TransformJob
from sagemaker.core.shapes import (
    AlgorithmSpecification, Channel, ContainerDefinition, DataSource, OutputDataConfig,
    ResourceConfig, S3DataSource, StoppingCondition, TransformDataSource,
    TransformInput, TransformOutput, TransformResources, TransformS3DataSource,
)

# %%
RECORDIO = "application/x-recordio-protobuf"

def channel(name, spread):
    """A channel named train that reads a folder of ours."""
    source = S3DataSource(s3_data_type="S3Prefix", s3_uri=f"{folder}/{name}/",
                          s3_data_distribution_type=spread)
    return Channel(channel_name="train", content_type=RECORDIO,
                   data_source=DataSource(s3_data_source=source))

# %%
def start(name, algorithm, hyperparameters, source, machines):
    """Send a training job off."""
    image = image_uris.retrieve(algorithm, connection.region)
    TrainingJob.create(
        training_job_name=name, role_arn=connection.role_arn,
        algorithm_specification=AlgorithmSpecification(
            training_image=image, training_input_mode="File"),
        hyper_parameters=hyperparameters, input_data_config=[source],
        output_data_config=OutputDataConfig(s3_output_path=f"{folder}/output"),
        resource_config=ResourceConfig(
            instance_type="ml.m5.large", instance_count=machines, volume_size_in_gb=5),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=900))

# %% [markdown]
# Two machines, half of the shards each. They learn *one* model together: each sends its gradients to where the parameters
# are kept (here: `algo-1`), and works them out on numbers that the others change meanwhile. Take four machines: each reads a quarter, all rows are
# used once a pass. What becomes of the error?

# %%
predict("P12.3")

# %%
settings = {
    "feature_dim": str(feature_map.feature_dim), "num_factors": "16",
    "predictor_type": "regressor", "epochs": "10", "mini_batch_size": "1000",
    "linear_lr": "0.003", "factors_lr": "0.0005",
}
job_name = connection.name("shards")
start(job_name, "factorization-machines", settings,
      channel("train", "ShardedByS3Key"), machines=2)
job = follow(job_name, only=r"epoch=(0|9), train rmse")

# %% [markdown]
# Two machines wrote in that log, `algo-1` and `algo-2`. Is it worth it? Lesson 09's job was run on 1, 2 and 4 machines of
# the local SageMaker, on real MovieLens, with ten seeds (`benchmarks/hosts.py` in the course's repository). RMSE on rows
# kept back:

# %% tags=["nbval-check-output"]
one = [.8467, .8484, .8454, .8467, .8458, .8433, .8438, .8436, .8449, .8429]
half = [.8473, .8476, .8466, .8482, .8469, .8460, .8444, .8454, .8464, .8439]
quarter = [.8552, .8536, .8501, .8570, .8525, .8509, .8527, .8535, .8527, .8489]
for way, errors in {"1 machine": one, "2, a half each": half,
                    "4, a quarter each": quarter}.items():
    worse = sum(np.array(errors) > one)
    print(f"{way:18} mean {np.mean(errors):.4f}, worse than one in {worse} of 10")

# %%
reveal("P12.3", np.mean(quarter) - np.mean(one))

# %% [markdown]
# The model gets worse, a little with two machines and more with four. The bill grows too: machine-seconds are time by
# machines, and talk is not free. There the four were slower than one, since they shared one computer's processors; at AWS
# they do not, and how much faster four are was not measured here. So **several machines are for rows that one machine
# cannot hold, or cannot get through in the time you have**, and for nothing else.

# %% [markdown] tags=["notes"]
# **Discuss (3 min), M42**: "ten machines, a tenth of the time, the same model". Of the three parts none is safe. What would
# you try first if training is too slow? (A larger machine; fewer passes; a sample of the ratings. Then two machines.)

# %% [markdown]
# ## 5. Make lists for everybody (10 min)
#
# The model is there; now everybody wants ten films. Score every pair of user and film, and keep the best? A batch
# transform job would do it, from rows in S3: **one row for each pair**, each about as large as a row of our shards. How
# much is that, for 6.5 million users and 59,047 films?

# %%
predict("P12.4")

# %%
from course_utils.widgets import scale_dial

shop = scale_dial.Shop(ratings=1_000_000_000)
pairs = shop.users * shop.films
terabytes = pairs * made.bytes / made.rows / 1e12
print(f"{pairs / 1e9:,.0f} billion pairs, {made.bytes / made.rows:.0f} bytes each: "
      f"{terabytes:.0f} TB")
every_pair = scale_dial.hours_for_every_pair(shop, scale_dial.Plan(factors=16))
print(f"scoring them, two cores: {every_pair:.0f} hours")
reveal("P12.4", terabytes)

# %% [markdown]
# The scoring is a night's work for a small machine. The *questions* are what breaks: nobody writes terabytes to ask for ten
# films. Lesson 09 has a better way: the best films of a user are the *nearest* vectors, and a **k-NN index** looks for
# them: one question for each user, not one for each pair. (Inside, an exact index still compares each user with each film.
# It does so several times faster, and nobody writes the pairs down.) Questions can be cut into shards as rows can, and a **batch
# transform job** with several machines shares out the files. No rows are left out here, and their order is kept: it is
# all that says whose answer is whose.

# %%
from course_utils import artifact, payload, recommend

def send(name, X, y=None):
    """Rows to S3, as one file."""
    with open(work / "rows.pbr", "wb") as stream:
        recordio.write(stream, X, y)
    s3.upload_file(str(work / "rows.pbr"), connection.bucket, f"{prefix}/{name}")

bucket, key = job["ModelArtifacts"]["S3ModelArtifacts"][5:].split("/", 1)
s3.download_file(bucket, key, str(work / "model.tar.gz"))
fm = artifact.load(work / "model.tar.gz").params
films = recommend.item_vectors(fm, feature_map)
users = np.array(feature_map.ids("user"))[:40]
shares = {f"users/{number}.pbr": own
          for number, own in enumerate(np.array_split(users, 2))}

# %%
send("films/0.pbr", films.X, films.labels)
for name, own in shares.items():
    send(name, recommend.user_vectors(fm, feature_map, own, data).X)
index = {
    "feature_dim": str(films.X.shape[1]), "sample_size": str(len(films.ids)),
    "k": "10", "predictor_type": "classifier", "index_metric": "INNER_PRODUCT",
}
knn_name = connection.name("lists")
start(knn_name, "knn", index, channel("films", "FullyReplicated"), machines=1)
knn_job = follow(knn_name, only="Completed")

# %%
container = ContainerDefinition(
    image=image_uris.retrieve("knn", connection.region),
    model_data_url=knn_job["ModelArtifacts"]["S3ModelArtifacts"])
Model.create(model_name=knn_name, primary_container=container,
             execution_role_arn=connection.role_arn)
place = TransformS3DataSource(s3_data_type="S3Prefix", s3_uri=f"{folder}/users/")
questions = TransformInput(
    data_source=TransformDataSource(s3_data_source=place),
    content_type=RECORDIO, split_type="RecordIO")
answers_to = TransformOutput(
    s3_output_path=f"{folder}/answers", assemble_with="Line",
    accept=f"{payload.JSONLINES}; verbose=true")

# %%
batch_name = connection.name("lists")
TransformJob.create(
    transform_job_name=batch_name, model_name=knn_name,
    transform_input=questions, transform_output=answers_to,
    transform_resources=TransformResources(
        instance_type="ml.m5.large", instance_count=2))
_ = follow_transform(batch_name)

# %% [markdown]
# For each file of questions there is a file of answers, with `.out` behind its name. In it are labels of films, and **no
# user**: the first line answers the first row.
#
# **E12.5** Write `joined(shares, answers)`. `shares` says which users stand in which file of questions, `answers` holds the
# answers of each file *in whatever order the files are listed*: `{"users/0.pbr.out": [...], ...}`. The result is a
# dictionary from user to answer.

# %%
def joined(shares, answers):
    """user -> answer. shares : file -> users; answers : file.out -> list."""
    ### BEGIN SOLUTION
    return {user: answer for name, users in shares.items()
            for user, answer in zip(users, answers[name + ".out"], strict=True)}
    ### END SOLUTION

check("E12.5", joined)

# %%
import json

def answers_of(name):
    """The answers of one file."""
    key = f"{prefix}/answers/{name.removeprefix('users/')}.out"
    body = s3.get_object(Bucket=connection.bucket, Key=key)["Body"].read()
    return [json.loads(line) for line in body.splitlines()]

found = {}
for name, own in shares.items():
    for user, answer in zip(own, answers_of(name), strict=True):
        found[user] = {films.ids[int(label)] for label in answer["labels"]}
print(len(found), "users have their ten films")

# %%
own_best = {}
vectors = recommend.user_vectors(fm, feature_map, users, data).X
for user, vector in zip(users, vectors, strict=True):
    best = np.argsort(-(films.X @ vector))[:10]
    own_best[user] = {films.ids[place] for place in best}
agree = [len(found[user] & own_best[user]) for user in users]

# %% tags=["nbval-check-output"]
print("the lists are those of scoring every pair:", min(agree) >= 9)

# %% [markdown]
# (Two films with the same score to the last digit may change places.) Now the proof that nothing is left:

# %%
connection.clean_up()
keeper.cleanup()

# %% tags=["nbval-check-output"]
print("left running:", len(connection.what_is_running()))

# %% [markdown] tags=["notes"]
# **Ask (1 min).** What becomes of the lists if somebody shuffles the shards of questions? Right answers for the wrong people,
# and no error anywhere. Exact search over all films still grows with users × films; what shrinks is the work for each pair.

# %% [markdown]
# ## 6. Turn the dial (8 min)
#
# `benchmarks/shards.py` measured every step on made-up tables of 6, 12 and 25 million ratings: how many milliseconds does
# a million rows take? Such a **slope** can be carried on, with care. Commit yourself first: cut, train for 30 passes, and
# make lists for everybody, from a billion ratings, on one `ml.m5.large`, at the speed of a public log of SageMaker's own
# algorithm. What will the machine time cost?

# %%
predict("P12.5")

# %% [markdown]
# **E12.6** Write `hours(ms_per_million, ratings, passes, machines)`: how long a step takes, if the machines share the rows
# without losing any time.

# %%
def hours(ms_per_million, ratings, passes, machines):
    """Hours of a step with a measured slope."""
    ### BEGIN SOLUTION
    seconds = ms_per_million / 1000 * ratings / 1_000_000 * passes / machines
    return seconds / 3600
    ### END SOLUTION

check("E12.6", hours)

# %%
from course_utils.widgets import ScaleDial

ScaleDial()

# %% [markdown]
# **Three questions for the dial**
#
# 1. Pull **Ratings** from the left end to the right. What stops fitting first, and does a second machine help?
# 2. A billion ratings: pull **Machines** from 1 to 32. What becomes of the hours, what of the dollars, and which sentence
#    of section 4 does the dial not know?
# 3. Set **Machines** to 8 and change the **training speed**. Which step is the longest at each, and by how much? What does
#    that say about where to spend your time?

# %%
reveal("P12.5", scale_dial.estimate(shop, scale_dial.Plan(
    factors=16, speed=scale_dial.SAGEMAKER)).dollars)

# %% [markdown] tags=["notes"]
# **Answers.** 1: the table on the laptop; then the model in a machine's memory, and a second machine is no help to count
# on: take a larger one. 2: hours fall, dollars stay, because the dial assumes that nothing is lost; section 4 measured
# that something is, also of the model. 3: training at both speeds, 95 % of the time at SageMaker's and 61 % at ours. So
# speed up training first; then the other steps begin to count. **Discuss (2 min).** Machine time is cheap; people who
# keep a cluster alive are not.

# %% [markdown]
# The dial multiplies; it does not know. It assumes that slopes go on, that a core at AWS is as fast as the one that was
# measured, that machines share work without loss, and that nobody makes a mistake.
#
# Do slopes go on? A training pass of the course's own, by the benchmark, milliseconds for a million rows:

# %% tags=["nbval-check-output"]
sizes = np.array([6_250_023, 12_500_047, 25_000_095])
passes = np.array([205.2, 295.4, 313.6])
growth = np.polyfit(np.log(sizes), np.log(passes), 1)[0]
worse = (1e9 / sizes[-1]) ** growth
print(f"four times the rows: {passes[-1] / passes[0]:.2f} times as long for each")
print(f"at a billion, if that went on: {worse:.1f} times the dial's slope")

# %% [markdown]
# Not quite, then: k = 16 grows, and in the same file k = 8, 32 and 64 grow more gently. A likely reason is that the
# columns of more users no longer fit into the processor's quick memory; that was not measured. The dial takes the slope of
# the largest table, so read its training hours at our speed as *at least*. Its hours for cutting are more likely *at most*:
# they multiply Spark's start, too. Use the dial to tell three dollars from three thousand, and measure again at a tenth of
# the size before you trust it with more.
#
#
# ## 7. Check yourself (4 min)
#
# Six questions; a wrong answer tells you why it is tempting. Nothing is counted or kept.

# %%
quiz("Q12")

# %% [markdown]
# ## In practice …
#
# * **Sample first.** A hundredth of the users, with all their ratings, answers most questions about settings in minutes.
# * **Pipe mode** streams rows from S3 while training runs, so that shards need not fit on the machine's disk.
# * **`ShuffleConfig`** on a channel shuffles the order of *files*, in Pipe mode before every pass. Rows within a file stay
#   as they are: deal them first.
# * **Approximate indexes** (SageMaker's k-NN offers `faiss.IVFFlat`) look at some of the films only: quicker, and now and
#   then a film is missed. Ours is exact.
# * **Let the output be new each time.** `cut` refuses a folder that holds shards: old ones would be trained on too.
#
# ## Tweak, twiddle, frob
#
# * **Tweak** one number: run again from the top, stop before the clean-up, and cut with `shards=1` into a new folder,
#   `work / "one"`. Does the model change? Should it?
# * **Twiddle** the partitions: cut the table by day (`timestamp`) instead of by user, for the naive shards too.
# * **Frob** the second shuffle: in a copy of `write_shard`, leave the rows as they were dealt. What does the RMSE say, and
#   why so little?
#
# ## To keep
#
# | | |
# |---|---|
# | **What breaks** | first the table, then the rows; both can be cut. The model: plan for a machine that holds all of it. |
# | **Shards** | shuffled, even, whole mini-batches: every shard looks like all rows. A partition does not. |
# | **An engine** | runs one function on many partitions, and again where it failed: so order comes from the rows. |
# | **Machines** | as many shards as a multiple of them. They cost time by machines, and some of the model's quality. |
# | **Lists** | one k-NN question for each user, in shards; the order of the rows is the only link to the answers. |
# | **Slopes** | tell three dollars from three thousand. Measure again at a tenth of the size. |
#
# Next: lesson 99 puts everything on one map.
