"""A notebook of 2020, SDK v2: the best films for every user at once, by k-NN over the factors of a model.

In place of MXNet, which opened the artefact then and wants an older numpy, our own reader opens it.
"""

import io
import json
import os
import tarfile

import boto3
import numpy as np
import pandas as pd
import sagemaker
import sagemaker.amazon.common as smac
from sagemaker import get_execution_role
from sagemaker.image_uris import retrieve
from scipy.sparse import csr_matrix

from course_utils import artifact

role, sess = get_execution_role(), sagemaker.Session()
region, bucket, prefix = sess.boto_region_name, sess.default_bucket(), "top-n"
s3 = boto3.client("s3")

ratings = pd.read_csv("ratings.csv")
films = ratings["item"].astype("category")
X = csr_matrix(pd.get_dummies(ratings[["user", "item"]], columns=["user", "item"]).to_numpy("float32"))
nb_users, nb_movies = ratings["user"].nunique(), ratings["item"].nunique()


def upload(buffer, key):
    buffer.seek(0)
    s3.upload_fileobj(buffer, bucket, f"{prefix}/{key}")
    return f"s3://{bucket}/{prefix}/{key}"


buffer = io.BytesIO()
smac.write_spmatrix_to_sparse_tensor(buffer, X, ratings["rating"].to_numpy("float32"))
train = upload(buffer, "fm/train.protobuf")
fm = sagemaker.estimator.Estimator(
    retrieve("factorization-machines", region),
    role,
    instance_count=1,
    instance_type="ml.c5.xlarge",
    output_path=f"s3://{bucket}/{prefix}/fm/output",
    sagemaker_session=sess,
)
fm.set_hyperparameters(
    feature_dim=nb_users + nb_movies,
    num_factors=8,
    predictor_type="regressor",
    epochs=20,
    mini_batch_size=100,
    factors_init_sigma=0.1,
    factors_lr=0.01,
)
fm.fit({"train": train}, logs="None")
print("artefact:", fm.model_data)

# open the model
s3.download_file(bucket, fm.model_data.split("/", 3)[3], "model.tar.gz")
with tarfile.open("model.tar.gz") as archive:
    print("members:", archive.getnames())
params = artifact.load("model.tar.gz").params
w, v = params.w.reshape(-1, 1), params.V

knn_item = np.concatenate((v[nb_users:], w[nb_users:]), axis=1).astype("float32")
knn_user = np.concatenate((v[:nb_users], np.ones((nb_users, 1))), axis=1).astype("float32")
print("shapes:", knn_item.shape, knn_user.shape)

buffer = io.BytesIO()
smac.write_numpy_to_dense_tensor(buffer, knn_item, np.arange(nb_movies).astype("float32"))
knn_data = upload(buffer, "knn/items.protobuf")
buffer = io.BytesIO()
smac.write_numpy_to_dense_tensor(buffer, knn_user)
people = upload(buffer, "knn/users/users.protobuf")

knn = sagemaker.estimator.Estimator(
    retrieve("knn", region),
    role,
    instance_count=1,
    instance_type="ml.c5.xlarge",
    output_path=f"s3://{bucket}/{prefix}/knn/output",
    sagemaker_session=sess,
)
knn.set_hyperparameters(
    feature_dim=knn_item.shape[1],
    k=10,
    index_metric="INNER_PRODUCT",
    predictor_type="classifier",
    sample_size=nb_movies,
)
knn.fit({"train": knn_data}, logs="None")
transformer = knn.create_model().transformer(
    instance_count=1,
    instance_type="ml.c5.xlarge",
    output_path=f"s3://{bucket}/{prefix}/knn/found",
    accept="application/jsonlines; verbose=true",
)
transformer.transform(people, content_type="application/x-recordio-protobuf", split_type="RecordIO")
transformer.wait(logs=False)
s3.download_file(bucket, f"{prefix}/knn/found/users.protobuf.out", "found.json")
with open("found.json") as file:
    found = [json.loads(line) for line in file]
print("keys:", sorted(found[0]))
ordered = [each["labels"] for each in found]
print("found:", json.dumps([[int(label) for label in labels] for labels in ordered]))
os.remove("model.tar.gz")
