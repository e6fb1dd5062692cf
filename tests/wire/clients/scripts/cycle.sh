# The aws command alone, from a file of ratings to predictions. The folder holds train.protobuf and films.json.
set -eu

say() { echo "== $1"; }

say identity
aws configure list
account=$(aws sts get-caller-identity --query Account --output text)
region=$(aws configure get region)
bucket=films-$account
role=$(aws iam get-role --role-name SageMakerRole --query Role.Arn --output text)
image=382416733822.dkr.ecr.$region.amazonaws.com/factorization-machines:1
echo "$role"

say storage
aws s3 mb "s3://$bucket"
aws s3 cp --no-progress train.protobuf "s3://$bucket/fm/train/train.protobuf"
aws s3 ls "s3://$bucket/fm/train/"

say training
cat > job.json <<JSON
{
  "TrainingJobName": "films-1",
  "AlgorithmSpecification": {"TrainingImage": "$image", "TrainingInputMode": "File"},
  "RoleArn": "$role",
  "HyperParameters": {"feature_dim": "150", "num_factors": "4", "predictor_type": "regressor", "epochs": "3"},
  "InputDataConfig": [
    {"ChannelName": "train", "ContentType": "application/x-recordio-protobuf",
     "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://$bucket/fm/train"}}},
    {"ChannelName": "test", "ContentType": "application/x-recordio-protobuf",
     "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://$bucket/fm/train"}}}
  ],
  "OutputDataConfig": {"S3OutputPath": "s3://$bucket/fm/output"},
  "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
  "StoppingCondition": {"MaxRuntimeInSeconds": 600}
}
JSON
aws sagemaker create-training-job --cli-input-json file://job.json
aws sagemaker wait training-job-completed-or-stopped --training-job-name films-1
aws sagemaker describe-training-job --training-job-name films-1 --output text \
    --query '[TrainingJobStatus, SecondaryStatus, ModelArtifacts.S3ModelArtifacts]'
stream=$(aws logs describe-log-streams --log-group-name /aws/sagemaker/TrainingJobs \
    --log-stream-name-prefix films-1/ --query 'logStreams[0].logStreamName' --output text)
aws logs get-log-events --log-group-name /aws/sagemaker/TrainingJobs --log-stream-name "$stream" \
    --start-from-head --query 'events[].[message]' --output text | grep 'epoch=2, train rmse'
aws s3 sync --no-progress "s3://$bucket/fm/output" .
find . -name model.tar.gz

say endpoint
aws sagemaker create-model --model-name films --execution-role-arn "$role" --primary-container \
    "Image=$image,ModelDataUrl=s3://$bucket/fm/output/films-1/output/model.tar.gz"
aws sagemaker create-endpoint-config --endpoint-config-name films --production-variants \
    VariantName=AllTraffic,ModelName=films,InitialInstanceCount=1,InstanceType=ml.m5.large
aws sagemaker create-endpoint --endpoint-name films --endpoint-config-name films --tags Key=project,Value=films
aws sagemaker wait endpoint-in-service --endpoint-name films
aws sagemaker-runtime invoke-endpoint --endpoint-name films --content-type application/json \
    --body file://films.json answer.json
cat answer.json
echo

say transform
aws s3 cp --no-progress films.jsonl "s3://$bucket/fm/batch/films.jsonl"
aws sagemaker create-transform-job --transform-job-name films-1 --model-name films \
    --transform-input "DataSource={S3DataSource={S3DataType=S3Prefix,S3Uri=s3://$bucket/fm/batch}},\
ContentType=application/jsonlines,SplitType=Line" \
    --transform-output "S3OutputPath=s3://$bucket/fm/scores,Accept=application/jsonlines,AssembleWith=Line" \
    --transform-resources InstanceType=ml.m5.large,InstanceCount=1
aws sagemaker wait transform-job-completed-or-stopped --transform-job-name films-1
aws s3 cp "s3://$bucket/fm/scores/films.jsonl.out" -

say tuning
cat > search.json <<JSON
{
  "Strategy": "Random",
  "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "test:rmse"},
  "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2},
  "ParameterRanges": {"ContinuousParameterRanges": [{"Name": "bias_lr", "MinValue": "0.01", "MaxValue": "1"}]}
}
JSON
python - <<'PYTHON'
import json

job = json.load(open("job.json"))
fixed = job.pop("HyperParameters")
del job["TrainingJobName"]
job["StaticHyperParameters"] = fixed
json.dump(job, open("definition.json", "w"))
PYTHON
aws sagemaker create-hyper-parameter-tuning-job --hyper-parameter-tuning-job-name films-t \
    --hyper-parameter-tuning-job-config file://search.json --training-job-definition file://definition.json
status=InProgress
while [ "$status" = InProgress ]; do
    sleep 30
    status=$(aws sagemaker describe-hyper-parameter-tuning-job --hyper-parameter-tuning-job-name films-t \
        --query HyperParameterTuningJobStatus --output text)
done
echo "$status"
aws sagemaker list-training-jobs-for-hyper-parameter-tuning-job --hyper-parameter-tuning-job-name films-t \
    --sort-by FinalObjectiveMetricValue --query 'TrainingJobSummaries[].TrainingJobStatus' --output text

say lists
arn=$(aws sagemaker list-endpoints --name-contains films --query 'Endpoints[0].EndpointArn' --output text)
aws sagemaker add-tags --resource-arn "$arn" --tags Key=course,Value=fm
aws sagemaker list-tags --resource-arn "$arn" --query 'Tags[].Value' --output text
aws sagemaker list-models --name-contains films --query 'Models[].ModelName' --output text
aws sagemaker list-endpoint-configs --name-contains films --output text \
    --query 'EndpointConfigs[].EndpointConfigName'
aws sagemaker list-training-jobs --name-contains films-1 --status-equals Completed --output text \
    --query 'TrainingJobSummaries[].TrainingJobName'
aws sagemaker list-transform-jobs --name-contains films --output text \
    --query 'TransformJobSummaries[].TransformJobStatus'

say leaving
aws sagemaker delete-endpoint --endpoint-name films
aws sagemaker wait endpoint-deleted --endpoint-name films
aws sagemaker delete-endpoint-config --endpoint-config-name films
aws sagemaker delete-model --model-name films
aws s3 rm --recursive --quiet "s3://$bucket"
aws s3 rb "s3://$bucket"
aws s3 ls

say refused
aws sagemaker create-training-job --cli-input-json file://job.json || echo "exit status $?"
aws sagemaker describe-endpoint --endpoint-name films || echo "exit status $?"
