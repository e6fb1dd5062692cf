"""A learner's program: the SageMaker SDK v3 from ratings to predictions, in whatever mode is given.

Run as a script by the tests, so that it has a Python process (and the SDK's caches) of its own. Prints JSON.
"""

import faulthandler
import io
import json
import os
import sys
import tempfile

import numpy as np
from scipy.sparse import csr_array

from course_utils import artifact, aws, recordio


def ratings(n: int = 400, users: int = 20, items: int = 30) -> tuple[csr_array, np.ndarray]:
    """One-hot (user, item) rows and ratings that depend on both."""
    rng = np.random.default_rng(0)
    user, item = rng.integers(0, users, n), rng.integers(0, items, n)
    columns = np.stack([user, users + item], axis=1).ravel()
    X = csr_array((np.ones(2 * n, np.float32), columns, np.arange(0, 2 * n + 1, 2)), shape=(n, users + items))
    return X, (3 + user % 3 - item % 2).astype(np.float32)


def body(X: csr_array, y: np.ndarray | None = None) -> bytes:
    stream = io.BytesIO()
    recordio.write(stream, X, y)
    return stream.getvalue()


def main(mode: str) -> dict:
    here = aws.connect(mode)
    from sagemaker.core import image_uris, shapes
    from sagemaker.core.helper.session_helper import Session, get_execution_role
    from sagemaker.core.resources import Endpoint, EndpointConfig, Model, TrainingJob
    from sagemaker.core.shapes import ContainerDefinition, ProductionVariant, StoppingCondition
    from sagemaker.core.training.configs import Compute, InputData, OutputDataConfig
    from sagemaker.core.utils.exceptions import FailedStatusError
    from sagemaker.train import ModelTrainer

    session, X_y = Session(), ratings()
    image = image_uris.retrieve("factorization-machines", here.region)
    here.client("s3").put_object(Bucket=here.bucket, Key="fm-course-data/flow/train/part-0", Body=body(*X_y))
    uri = f"{here.s3_folder}/flow"
    channel = {"data_source": f"{uri}/train", "content_type": "application/x-recordio-protobuf"}
    trainer = ModelTrainer(
        training_image=image,
        role=get_execution_role(),
        compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=600),
        output_data_config=OutputDataConfig(s3_output_path=f"{uri}/output"),
        hyperparameters={"feature_dim": 50, "num_factors": 4, "predictor_type": "regressor", "epochs": 2,
                         "mini_batch_size": 100},
        base_job_name="fm-course-train",
    )  # fmt: skip
    trainer.train(
        input_data_config=[InputData(channel_name=name, **channel) for name in ("train", "test")],
        wait=False,
        logs=False,
    )
    shown: list[str] = []
    job = aws.follow(trainer._latest_training_job.training_job_name, show=shown.append)
    trained = TrainingJob.get(job["TrainingJobName"])
    trained.wait(poll=1, logs=True)
    wrong = TrainingJob.create(
        training_job_name=here.name("wrong"),
        algorithm_specification=shapes.AlgorithmSpecification(
            training_image=image, training_input_mode="File"
        ),
        role_arn=here.role_arn,
        hyper_parameters={"feature_dim": "50", "num_factors": "none", "predictor_type": "regressor"},
        input_data_config=trained.input_data_config,
        output_data_config=shapes.OutputDataConfig(s3_output_path=f"{uri}/output"),
        resource_config=trained.resource_config,
        stopping_condition=StoppingCondition(max_runtime_in_seconds=600),
    )
    name = here.name("flow")
    Model.create(
        model_name=name,
        primary_container=ContainerDefinition(
            image=image, model_data_url=job["ModelArtifacts"]["S3ModelArtifacts"]
        ),
        execution_role_arn=here.role_arn,
    )
    variant = ProductionVariant(
        variant_name="AllTraffic", model_name=name, initial_instance_count=1, instance_type="ml.m5.large"
    )
    EndpointConfig.create(endpoint_config_name=name, production_variants=[variant])
    endpoint = Endpoint.create(endpoint_name=name, endpoint_config_name=name)
    endpoint.wait_for_status("InService", poll=1)
    request = {"instances": [{"data": {"features": {"keys": [1, 25], "shape": [50], "values": [1, 1]}}}]}
    bucket, key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").split("/", 1)
    with tempfile.TemporaryDirectory() as folder:
        here.client("s3").download_file(bucket, key, f"{folder}/model.tar.gz")
        model = artifact.load(f"{folder}/model.tar.gz")
    row = csr_array(([1.0, 1.0], ([0, 0], [1, 25])), shape=(1, 50), dtype=np.float32)
    reply = json.loads(endpoint.invoke(body=json.dumps(request), content_type="application/json").body.read())
    kind = "application/x-recordio-protobuf"
    binary = endpoint.invoke(body=body(X_y[0][:3]), content_type=kind, accept=kind).body.read()
    try:
        wrong.wait(poll=1)
        failure = ""
    except FailedStatusError as error:
        failure = str(error)
    before = here.what_is_running()
    endpoint.delete()
    endpoint.wait_for_delete(poll=1)
    here.clean_up()
    os.environ["COURSE_STATE_DIR"] += "/../second"  # another server: the SDK's clients belong to the first
    try:
        aws.connect(mode)
        refused = ""
    except aws.ConnectionRefused as error:
        refused = str(error)
    return {
        "refused": refused,
        "mode": here.mode,
        "bucket": session.default_bucket(),
        "account": session.account_id(),
        "role": get_execution_role(),
        "lines": shown,
        "metrics": {each["MetricName"]: each["Value"] for each in job["FinalMetricDataList"]},
        "score": reply["predictions"][0]["score"],
        "score_of_artefact": float(model.params.predict(row)[0]),
        "records": binary.count(bytes.fromhex("0a23d7ce")),
        "running": sorted(before["kind"]),
        "left": len(here.what_is_running()),
        "failure": failure,
    }


if __name__ == "__main__":
    faulthandler.dump_traceback_later(200, exit=True)  # a run that hangs says where
    result = main(sys.argv[1])
    print(f"\n{json.dumps(result)}")
