import { resolve } from 'node:path';
import { createEgressRules, EgressPolicyError } from '@sluice/runtime';
import { z } from 'zod';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Config {
  /** 0: any free port. */
  readonly port: number;
  readonly host: string;
  /** Absolute. */
  readonly dataDir: string;
  /** Absent: the embedded PostgreSQL. */
  readonly databaseUrl?: string;
  /** Absent: a key that is made on the first start and kept in the data folder. */
  readonly secretKey?: string;
  /** CIDRs and hosts that may be called besides public ones. */
  readonly egressAllow: readonly string[];
  /** Absent: nobody has said. */
  readonly logLevel?: LogLevel;
  readonly demo: boolean;
  /** Bytes of the disk that are kept free: below, sources are held. Absent: as the runtime says. */
  readonly diskReserveBytes?: number;
  /** Said once at the start. */
  readonly warnings: readonly string[];
}

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly complaints: readonly string[] };

/** What may be bound without accounts: nobody else's machine reaches it. */
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

const environmentSchema = z.object({
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port number from 0 to 65535')
    .transform(Number)
    .refine((port) => port <= 65_535, 'must be a port number from 0 to 65535')
    .default(4400),
  HOST: z
    .string()
    .refine(
      (host) => LOOPBACK_HOSTS.has(host),
      'must be 127.0.0.1, ::1 or localhost: any other address would be open to others, and this version has no accounts',
    )
    .default('127.0.0.1'),
  SLUICE_DATA_DIR: z.string().default('./.sluice'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must be an address such as postgresql://user:password@host:5432/database')
    .optional(),
  NATS_URL: z.never('cannot be used: this version keeps messages on this machine only. Unset it').optional(),
  SLUICE_ROLE: z.literal('all', 'must be "all" or unset: this version runs everything in one process').default('all'),
  SLUICE_SECRET_KEY: z
    .string()
    .min(16, 'must have at least 16 characters; `openssl rand -base64 32` makes a good one')
    .optional(),
  SLUICE_EGRESS_ALLOW: z
    .string()
    .default('')
    .transform((text) => text.split(/[\s,]+/).filter((part) => part !== ''))
    .superRefine((allow, check) => {
      const complaint = complaintAboutAllowList(allow);
      if (complaint !== undefined) check.addIssue({ code: 'custom', message: complaint });
    }),
  SLUICE_DISK_RESERVE: z
    .string()
    .regex(/^\d{1,6}(MiB|GiB)$/, 'must be a size such as 512MiB or 2GiB')
    .transform((text) => Number.parseInt(text, 10) * (text.endsWith('GiB') ? 1_073_741_824 : 1_048_576))
    .optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).optional(),
  SLUICE_DEMO: z.enum(['0', '1'], 'must be 1 or 0').default('1'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.string().optional(),
});

/** The only reader of the environment. Empty variables count as unset. */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  workingDir: string,
): ConfigResult {
  const given = Object.fromEntries(
    Object.keys(environmentSchema.shape)
      .map((name) => [name, environment[name]?.trim()] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    return { ok: false, complaints: parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`) };
  }
  const values = parsed.data;
  return {
    ok: true,
    config: {
      port: values.PORT,
      host: values.HOST,
      dataDir: resolve(workingDir, values.SLUICE_DATA_DIR),
      egressAllow: values.SLUICE_EGRESS_ALLOW,
      demo: values.SLUICE_DEMO === '1',
      ...(values.DATABASE_URL === undefined ? {} : { databaseUrl: values.DATABASE_URL }),
      ...(values.SLUICE_SECRET_KEY === undefined ? {} : { secretKey: values.SLUICE_SECRET_KEY }),
      ...(values.SLUICE_DISK_RESERVE === undefined ? {} : { diskReserveBytes: values.SLUICE_DISK_RESERVE }),
      ...(values.LOG_LEVEL === undefined ? {} : { logLevel: values.LOG_LEVEL }),
      warnings:
        values.OTEL_EXPORTER_OTLP_ENDPOINT === undefined
          ? []
          : ['OTEL_EXPORTER_OTLP_ENDPOINT is set, but this version exports no traces; it is ignored.'],
    },
  };
}

/** The egress gateway knows best what it can read. */
function complaintAboutAllowList(allow: readonly string[]): string | undefined {
  try {
    createEgressRules({ private: 'listed', allow });
    return undefined;
  } catch (error) {
    if (!(error instanceof EgressPolicyError)) throw error;
    return `cannot be read: ${error.message.replace(/\.$/, '')}`;
  }
}
