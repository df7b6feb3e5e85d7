-- Why: a pipeline that works off what it has before it is paused must go on doing so after a restart.

-- AlterEnum
ALTER TYPE "DeploymentState" ADD VALUE 'draining';
