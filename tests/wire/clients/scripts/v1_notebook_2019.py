"""A notebook of 2019, SDK v1: the generic estimator, old names, a home-made serializer, a batch transform."""

import csv
import io
import json

import boto3
import numpy as np
import pandas as pd
import sagemaker
import sagemaker.amazon.common as smac
from sagemaker import get_execution_role
from sagemaker.amazon.amazon_estimator import get_image_uri
from sagemaker.analytics import TrainingJobAnalytics
from sagemaker.predictor import json_deserializer
from scipy.sparse import lil_matrix

role = get_execution_role()
sess = sagemaker.Session()
bucket = sess.default_bucket()
prefix = "fm-notebook"
output_prefix = f"s3://{bucket}/{prefix}/output"

ratings = pd.read_csv("ratings.csv")
ratings["user_id"] = ratings["user"].astype("category").cat.codes.astype(int)
ratings["movie_id"] = ratings["item"].astype("category").cat.codes.astype(int)
ratings[:1000].to_csv("ua.base", sep="\t", header=False, index=False)
ratings[1000:].to_csv("ua.test", sep="\t", header=False, index=False)
nb_users = ratings["user_id"].max() + 1
nb_features = int(nb_users + ratings["movie_id"].max() + 1)


def load_dataset(filename, lines):
    X = lil_matrix((lines, nb_features)).astype("float32")
    Y = []
    line = 0
    with open(filename) as f:
        samples = csv.reader(f, delimiter="\t")
        for _, _, rating, _, user_id, movie_id in samples:
            X[line, int(user_id)] = 1
            X[line, int(nb_users) + int(movie_id)] = 1
            Y.append(1 if float(rating) >= 4 else 0)
            line = line + 1
    return X, np.array(Y).astype("float32")


X_train, Y_train = load_dataset("ua.base", 1000)
X_test, Y_test = load_dataset("ua.test", 200)


def write_to_s3(X, Y, key):
    buf = io.BytesIO()
    smac.write_spmatrix_to_sparse_tensor(buf, X, Y)
    buf.seek(0)
    boto3.resource("s3").Bucket(bucket).Object(key).upload_fileobj(buf)
    return f"s3://{bucket}/{key}"


train_data = write_to_s3(X_train, Y_train, prefix + "/train/train.protobuf")
test_data = write_to_s3(X_test, Y_test, prefix + "/test/test.protobuf")

container = get_image_uri(boto3.Session().region_name, "factorization-machines")
fm = sagemaker.estimator.Estimator(
    container,
    role,
    train_instance_count=1,
    train_instance_type="ml.c4.xlarge",
    train_max_run=3600,
    output_path=output_prefix,
    sagemaker_session=sess,
)
fm.set_hyperparameters(
    feature_dim=nb_features,
    predictor_type="binary_classifier",
    mini_batch_size=200,
    num_factors=8,
    epochs=4,
)
fm.fit({"train": train_data, "test": test_data})
print("artefact:", fm.model_data)
curve = TrainingJobAnalytics(
    fm.latest_training_job.name, metric_names=["train:binary_classification_accuracy:epoch"]
).dataframe()
print("curve:", curve["value"].tolist())


def fm_serializer(data):
    js = {"instances": []}
    for row in data:
        js["instances"].append({"features": row.tolist()})
    return json.dumps(js)


fm_predictor = fm.deploy(instance_type="ml.c4.xlarge", initial_instance_count=1)
fm_predictor.content_type = "application/json"
fm_predictor.serializer = fm_serializer
fm_predictor.deserializer = json_deserializer
result = fm_predictor.predict(X_test[:5].toarray())
print("result:", json.dumps(result))

runtime = boto3.Session().client("runtime.sagemaker")
response = runtime.invoke_endpoint(
    EndpointName=fm_predictor.endpoint,
    ContentType="application/json",
    Body=fm_serializer(X_test[5:6].toarray()),
)
print("one:", response["Body"].read().decode("utf-8"))
sess.delete_endpoint(fm_predictor.endpoint)

buf = io.BytesIO()
smac.write_spmatrix_to_sparse_tensor(buf, X_test)
buf.seek(0)
boto3.resource("s3").Bucket(bucket).Object(prefix + "/batch/test.protobuf").upload_fileobj(buf)
transformer = fm.transformer(
    instance_count=1, instance_type="ml.c4.xlarge", output_path=output_prefix + "/transform", max_payload=1
)
transformer.transform(
    f"s3://{bucket}/{prefix}/batch/test.protobuf",
    content_type="application/x-recordio-protobuf",
    split_type="RecordIO",
)
transformer.wait()
boto3.resource("s3").Bucket(bucket).download_file(
    prefix + "/output/transform/test.protobuf.out", "test.protobuf.out"
)
with open("test.protobuf.out") as f:
    print("transformed:", json.dumps([json.loads(line) for line in f]))
