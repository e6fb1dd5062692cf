"""SDK v2: the FactorizationMachines estimator with its own formats, and a batch transform."""

import json

import pandas as pd
import sagemaker
from sagemaker import FactorizationMachines, get_execution_role

session = sagemaker.Session()
bucket = session.default_bucket()
ratings = pd.read_csv("ratings.csv")
X = pd.get_dummies(ratings[["user", "item"]], columns=["user", "item"]).to_numpy("float32")
y = (ratings.rating >= 4).to_numpy("float32")

fm = FactorizationMachines(
    role=get_execution_role(),
    instance_count=2,
    instance_type="ml.m5.large",
    num_factors=4,
    predictor_type="binary_classifier",
    epochs=3,
    data_location=f"s3://{bucket}/liked/data",
    output_path=f"s3://{bucket}/liked/output",
    sagemaker_session=session,
)
train = fm.record_set(X[:1000], labels=y[:1000])
test = fm.record_set(X[1000:], labels=y[1000:], channel="test")
print("train:", train)
fm.fit([train, test], mini_batch_size=200)
job = fm.latest_training_job.describe()
print("channels:", json.dumps([each["DataSource"]["S3DataSource"] for each in job["InputDataConfig"]]))
print("artefact:", fm.model_data)

predictor = fm.deploy(initial_instance_count=1, instance_type="ml.m5.large")
records = predictor.predict(X[1000:1005])
scores = [record.label["score"].float32_tensor.values[0] for record in records]
labels = [record.label["predicted_label"].float32_tensor.values[0] for record in records]
print("scores:", json.dumps(scores))
print("labels:", json.dumps(labels))
predictor.delete_model()
predictor.delete_endpoint()

with open("films.jsonl", "w") as file:
    for row in X[1000:1050]:
        file.write(json.dumps({"data": {"features": {"values": row.tolist()}}}) + "\n")
films = session.upload_data("films.jsonl", bucket, "liked/batch")
transformer = fm.transformer(
    instance_count=1,
    instance_type="ml.m5.large",
    strategy="MultiRecord",
    assemble_with="Line",
    accept="application/jsonlines",
    max_payload=1,
    output_path=f"s3://{bucket}/liked/scores",
)
transformer.transform(films, content_type="application/jsonlines", split_type="Line")
transformer.wait()
lines = session.read_s3_file(bucket, "liked/scores/films.jsonl.out").splitlines()
print("transformed:", json.dumps([json.loads(line)["score"] for line in lines]))
transformer.delete_model()
