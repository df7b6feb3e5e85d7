-- Why: the first tables. Pipelines with their draft, versions and deployment; secrets; settings.
-- Documents are JSON and not JSONB, so that they come back with the key order in which they were saved.

-- CreateEnum
CREATE TYPE "DeploymentState" AS ENUM ('running', 'paused', 'stopped');

-- CreateTable
CREATE TABLE "Pipeline" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "draft" JSON NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Pipeline_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Version" (
    "pipelineId" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "document" JSON NOT NULL,
    "note" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Version_pkey" PRIMARY KEY ("pipelineId","number")
);

-- CreateTable
CREATE TABLE "Deployment" (
    "pipelineId" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "state" "DeploymentState" NOT NULL,
    "deployedAt" TIMESTAMPTZ(3) NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Deployment_pkey" PRIMARY KEY ("pipelineId")
);

-- CreateTable
CREATE TABLE "Secret" (
    "name" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Secret_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "Setting" (
    "key" TEXT NOT NULL,
    "value" JSON NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Setting_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE UNIQUE INDEX "Pipeline_name_key" ON "Pipeline"("name");

-- AddForeignKey
ALTER TABLE "Version" ADD CONSTRAINT "Version_pipelineId_fkey" FOREIGN KEY ("pipelineId") REFERENCES "Pipeline"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Deployment" ADD CONSTRAINT "Deployment_pipelineId_fkey" FOREIGN KEY ("pipelineId") REFERENCES "Pipeline"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Deployment" ADD CONSTRAINT "Deployment_pipelineId_version_fkey" FOREIGN KEY ("pipelineId", "version") REFERENCES "Version"("pipelineId", "number") ON DELETE CASCADE ON UPDATE CASCADE;

-- A version is what was deployed, and history must not change: whatever asks for it, an update is refused.
-- Prisma has no word for triggers and leaves this one alone.
CREATE FUNCTION "refuse_update"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a version is immutable' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER "Version_is_immutable" BEFORE UPDATE ON "Version" FOR EACH ROW EXECUTE FUNCTION "refuse_update"();
