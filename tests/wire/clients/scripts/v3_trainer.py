"""SDK v3: ModelTrainer, ModelBuilder, Transformer and HyperparameterTuner, each waited for."""

import json

import boto3
import numpy as np
import pandas as pd
from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.parameter import ContinuousParameter, IntegerParameter
from sagemaker.core.resources import HyperParameterTuningJob, TrainingJob, TransformJob
from sagemaker.core.shapes import (
    TransformDataSource,
    TransformInput,
    TransformOutput,
    TransformResources,
    TransformS3DataSource,
)
from sagemaker.core.training.configs import Compute, InputData, OutputDataConfig, StoppingCondition
from sagemaker.core.transformer import Transformer
from sagemaker.serve import ModelBuilder
from sagemaker.train import ModelTrainer
from sagemaker.train.tuner import HyperparameterTuner
from scipy.sparse import csr_array

from course_utils import recordio

session = Session()
role, bucket, region = get_execution_role(), session.default_bucket(), session.boto_region_name
print("role:", role)
print("bucket:", bucket, "account:", session.account_id(), "region:", region)

ratings = pd.read_csv("ratings.csv")
users, films = (ratings[name].astype("category").cat.codes.to_numpy("int64") for name in ("user", "item"))
columns = np.stack([users, users.max() + 1 + films], axis=1)
width = int(columns.max()) + 1
X = csr_array((np.ones(columns.size, "float32"), columns.ravel(), np.arange(0, columns.size + 1, 2)))
y = ratings.rating.to_numpy("float32")
n = 1000
for name, rows in (("train", slice(0, n)), ("test", slice(n, None))):
    with open(f"{name}.protobuf", "wb") as file:
        recordio.write(file, X[rows], y[rows])
kind = "application/x-recordio-protobuf"
train = session.upload_data("train.protobuf", bucket, "v3/train")
test = session.upload_data("test.protobuf", bucket, "v3/test")

image = image_uris.retrieve("factorization-machines", region)
trainer = ModelTrainer(
    training_image=image,
    role=role,
    compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5),
    stopping_condition=StoppingCondition(max_runtime_in_seconds=600),
    output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/v3/output"),
    hyperparameters={
        "feature_dim": width,
        "num_factors": 4,
        "predictor_type": "regressor",
        "epochs": 3,
        "mini_batch_size": 200,
    },
    base_job_name="films",
)
channels = [
    InputData(channel_name="train", data_source=train, content_type=kind),
    InputData(channel_name="test", data_source=test, content_type=kind),
]
trainer.train(input_data_config=channels, wait=True, logs=True)
job = TrainingJob.get(trainer._latest_training_job.training_job_name)
print("job:", job.training_job_status, job.secondary_status)
print("artefact:", job.model_artifacts.s3_model_artifacts)

builder = ModelBuilder(
    model=trainer, role_arn=role, image_uri=image, instance_type="ml.m5.large", sagemaker_session=session
)
model = builder.build(model_name="films-v3")
endpoint = builder.deploy(endpoint_name="films-v3", instance_type="ml.m5.large", initial_instance_count=1)
print("endpoint:", endpoint.endpoint_status)
keys = [columns[row].tolist() for row in range(n, n + 5)]
features = [{"data": {"features": {"keys": pair, "shape": [width], "values": [1, 1]}}} for pair in keys]
reply = endpoint.invoke(body=json.dumps({"instances": features}), content_type="application/json")
print("answer:", reply.body.read().decode())

with open("films.jsonl", "w") as file:
    file.writelines(json.dumps(each) + "\n" for each in features)
transformer = Transformer(
    model_name="films-v3",
    instance_count=1,
    instance_type="ml.m5.large",
    strategy="SingleRecord",
    assemble_with="Line",
    accept="application/jsonlines",
    output_path=f"s3://{bucket}/v3/scores",
    sagemaker_session=session,
)
films_uri = session.upload_data("films.jsonl", bucket, "v3/batch")
transformer.transform(films_uri, content_type="application/jsonlines", split_type="Line")
transformed = session.read_s3_file(bucket, "v3/scores/films.jsonl.out").splitlines()
print("transformed:", json.dumps([json.loads(line)["score"] for line in transformed]))

again = TransformJob.create(
    transform_job_name="films-v3-again",
    model_name="films-v3",
    transform_input=TransformInput(
        data_source=TransformDataSource(
            s3_data_source=TransformS3DataSource(s3_data_type="S3Prefix", s3_uri=films_uri)
        ),
        content_type="application/jsonlines",
        split_type="Line",
    ),
    transform_output=TransformOutput(
        s3_output_path=f"s3://{bucket}/v3/again", accept="application/jsonlines", assemble_with="Line"
    ),
    transform_resources=TransformResources(instance_type="ml.m5.large", instance_count=1),
)
again.wait(poll=1)
print("same:", session.read_s3_file(bucket, "v3/again/films.jsonl.out").splitlines() == transformed)
print("transforms:", *(each.transform_job_status for each in TransformJob.get_all(name_contains="films-v3")))

tuner = HyperparameterTuner(
    model_trainer=trainer,
    objective_metric_name="test:rmse",
    objective_type="Minimize",
    hyperparameter_ranges={
        "bias_lr": ContinuousParameter(0.01, 1.0, scaling_type="Logarithmic"),
        "mini_batch_size": IntegerParameter(100, 500),
    },
    strategy="Random",
    max_jobs=2,
    max_parallel_jobs=2,
)
tuner.tune(inputs=channels, wait=True)
best = TrainingJob.get(tuner.best_training_job())
print("best:", best.training_job_name, best.training_job_status)
searches = HyperParameterTuningJob.get_all(name_contains=tuner.latest_tuning_job.get_name())
print("searches:", *(each.hyper_parameter_tuning_job_status for each in searches))
print(
    "objective:", tuner.describe().best_training_job.final_hyper_parameter_tuning_job_objective_metric.value
)

endpoint.delete()
endpoint.wait_for_delete()
model.delete()
boto3.resource("s3").Bucket(bucket).objects.filter(Prefix="v3/batch/").delete()
