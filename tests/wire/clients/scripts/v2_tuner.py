"""SDK v2: a hyperparameter tuning job, its table, and the best model behind an endpoint."""

import io
import json

import pandas as pd
import sagemaker
from sagemaker import get_execution_role, image_uris
from sagemaker.amazon.common import RecordSerializer, write_spmatrix_to_sparse_tensor
from sagemaker.deserializers import JSONDeserializer
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.tuner import ContinuousParameter, HyperparameterTuner, IntegerParameter
from scipy.sparse import csr_matrix

session = sagemaker.Session()
role, bucket = get_execution_role(), session.default_bucket()
ratings = pd.read_csv("ratings.csv")
X = csr_matrix(pd.get_dummies(ratings[["user", "item"]], columns=["user", "item"]).to_numpy("float32"))
y = ratings.rating.to_numpy("float32")
inputs = {}
for channel, rows in (("train", slice(0, 1000)), ("test", slice(1000, None))):
    buffer = io.BytesIO()
    write_spmatrix_to_sparse_tensor(buffer, X[rows], y[rows])
    buffer.seek(0)
    key = f"tuned/{channel}/ratings.protobuf"
    session.boto_session.client("s3").upload_fileobj(buffer, bucket, key)
    inputs[channel] = TrainingInput(
        f"s3://{bucket}/tuned/{channel}/", content_type="application/x-recordio-protobuf"
    )

fm = Estimator(
    image_uris.retrieve("factorization-machines", session.boto_region_name),
    role,
    instance_count=1,
    instance_type="ml.m5.large",
    output_path=f"s3://{bucket}/tuned/output",
    sagemaker_session=session,
    hyperparameters={
        "feature_dim": X.shape[1],
        "num_factors": 4,
        "predictor_type": "regressor",
        "epochs": 5,
    },
)
tuner = HyperparameterTuner(
    fm,
    objective_metric_name="test:rmse",
    objective_type="Minimize",
    hyperparameter_ranges={
        "bias_lr": ContinuousParameter(0.01, 1.0, scaling_type="Logarithmic"),
        "mini_batch_size": IntegerParameter(100, 500),
    },
    strategy="Random",
    max_jobs=3,
    max_parallel_jobs=2,
    base_tuning_job_name="films",
)
tuner.fit(inputs)
tuner.wait()
table = tuner.analytics().dataframe().sort_values("FinalObjectiveValue")
print(
    "table:",
    table[["TrainingJobName", "FinalObjectiveValue", "bias_lr", "mini_batch_size"]].to_json(orient="split"),
)
print("ranges:", json.dumps(tuner.analytics().tuning_ranges))
print("best:", tuner.best_training_job())
attached = HyperparameterTuner.attach(tuner.latest_tuning_job.name)
print("attached:", attached.best_training_job(), attached.best_estimator().model_data)
predictor = tuner.deploy(
    initial_instance_count=1,
    instance_type="ml.m5.large",
    serializer=RecordSerializer(),
    deserializer=JSONDeserializer(),
)
print("answer:", json.dumps(predictor.predict(X[:2].toarray())))
predictor.delete_model()
predictor.delete_endpoint()
