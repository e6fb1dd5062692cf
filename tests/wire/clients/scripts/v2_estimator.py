"""SDK v2: the generic Estimator with the factorization-machines image; predictions as JSON."""

import io
import json

import boto3
import numpy as np
import pandas as pd
import sagemaker
import sagemaker.amazon.common as smac
from sagemaker import get_execution_role, image_uris
from sagemaker.deserializers import JSONDeserializer
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.serializers import JSONSerializer
from scipy.sparse import csr_matrix

session = sagemaker.Session()
role = get_execution_role()
region = session.boto_region_name
bucket = session.default_bucket()
prefix = "film-ratings/fm"
print("role:", role)
print("bucket:", bucket, "account:", session.account_id(), "region:", region)

ratings = pd.read_csv("ratings.csv")
users = ratings.user.astype("category").cat.codes.to_numpy("int64")
films = ratings.item.astype("category").cat.codes.to_numpy("int64")
first_film = ratings.user.nunique()
width = first_film + ratings.item.nunique()
rows = np.arange(len(ratings)).repeat(2)
columns = np.stack([users, films + first_film], axis=1).ravel()
X = csr_matrix((np.ones(len(rows), "float32"), (rows, columns)), shape=(len(ratings), width))
y = ratings.rating.to_numpy("float32")
n = 1000


def upload(X, y, name):
    buffer = io.BytesIO()
    smac.write_spmatrix_to_sparse_tensor(buffer, X, y)
    buffer.seek(0)
    key = f"{prefix}/{name}/{name}.protobuf"
    boto3.resource("s3").Bucket(bucket).Object(key).upload_fileobj(buffer)
    return f"s3://{bucket}/{key}"


train, test = upload(X[:n], y[:n], "train"), upload(X[n:], y[n:], "test")

image = image_uris.retrieve("factorization-machines", region, version="1")
print("image:", image)
fm = Estimator(
    image,
    role,
    instance_count=1,
    instance_type="ml.m5.large",
    output_path=f"s3://{bucket}/{prefix}/output",
    sagemaker_session=session,
    tags=[{"Key": "project", "Value": "films"}],
)
fm.set_hyperparameters(
    feature_dim=width, num_factors=8, predictor_type="regressor", epochs=5, mini_batch_size=200
)
kind = "application/x-recordio-protobuf"
fm.fit({"train": TrainingInput(train, content_type=kind), "test": TrainingInput(test, content_type=kind)})
print("artefact:", fm.model_data)
print(
    "metrics:",
    sorted(each["MetricName"] for each in fm.latest_training_job.describe()["FinalMetricDataList"]),
)


class SparseJSONSerializer(JSONSerializer):
    def serialize(self, rows):
        rows = csr_matrix(rows)
        instances = [
            {
                "data": {
                    "features": {"keys": row.indices.tolist(), "shape": [width], "values": row.data.tolist()}
                }
            }
            for row in (rows[number] for number in range(rows.shape[0]))
        ]
        return json.dumps({"instances": instances})


predictor = fm.deploy(
    initial_instance_count=1,
    instance_type="ml.m5.large",
    serializer=SparseJSONSerializer(),
    deserializer=JSONDeserializer(),
)
print("endpoint:", predictor.endpoint_name)
answer = predictor.predict(X[n : n + 5])
print("answer:", json.dumps(answer))
predictor.delete_model()
predictor.delete_endpoint()
