import { z } from 'zod';
import type { ConsoleOutputOptions, FileOutputOptions, LoggingOptions } from '../../log/index.ts';
import { milliseconds, size, timeWithUnit } from '../human-values.ts';
import { defineSection } from '../section.ts';

const level = z.preprocess(
  (given) => (typeof given === 'string' ? given.toUpperCase() : given),
  z.enum(['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL']),
);

/** Rotated files are compressed with gzip; `zip` is seed 002's word for it. */
const compression = z
  .union([z.boolean(), z.enum(['gzip', 'zip'])])
  .describe('true, false, gzip or zip')
  .transform((given) => given !== false);

const rotated = {
  maxSize: size({ leastBytes: 1024 }).optional(),
  backupCount: z.int().min(0).optional(),
  retention: timeWithUnit({ leastMs: 1 }).optional(),
  rotateEvery: timeWithUnit({ leastMs: 1 }).optional(),
  compression: compression.optional(),
};

const output = z
  .strictObject({
    file: z.string().min(1).optional(),
    console: z
      .union([z.boolean(), z.enum(['pretty', 'json'])])
      .describe('true, false, pretty or json')
      .optional(),
    level: level.optional(),
    ...rotated,
  })
  .superRefine((given, context) => {
    const hasBoth = given.file !== undefined && given.console !== undefined;
    if (hasBoth || (given.file === undefined && given.console === undefined)) {
      context.addIssue({ code: 'custom', message: 'must have either file or console' });
    }
  });

const schema = z
  .strictObject({
    level,
    /** Of consoles; files are for machines, always JSON. */
    format: z.enum(['pretty', 'json']).optional(),
    output: z.array(output),
    /** For every file, unless it says otherwise itself. */
    rotation: z.strictObject({ enabled: z.boolean(), ...rotated }),
    errorLog: z.strictObject({
      enabled: z.boolean(),
      file: z.string().min(1).optional(),
      level: level.optional(),
      ...rotated,
    }),
    performance: z.strictObject({ enabled: z.boolean(), thresholdMs: milliseconds() }),
    errors: z.strictObject({ detailedContext: z.boolean(), includeStackTrace: z.boolean() }),
    redaction: z.strictObject({
      keys: z.array(z.string().min(1)).optional(),
      replaceBy: z.string().optional(),
    }),
  })
  .transform(loggingOptions);

/**
 * `logging:` for `createLogging`, in the words of seed 001. What is not said here has the defaults of `LoggingOptions`.
 *
 * @example
 * logging:
 *   level: INFO
 *   output:
 *     - file: logs/bot.log
 *       maxSize: 10MB
 *       backupCount: 5
 *     - console: true
 */
export const loggingSection = defineSection({
  schema,
  defaults: {
    level: 'INFO',
    output: [{ console: true }],
    rotation: { enabled: true },
    errorLog: { enabled: true },
    performance: { enabled: true, thresholdMs: 1000 },
    errors: { detailedContext: true, includeStackTrace: true },
    redaction: {},
  },
});

interface Rotated {
  readonly maxSize?: number | undefined;
  readonly backupCount?: number | undefined;
  readonly retention?: number | undefined;
  readonly rotateEvery?: number | undefined;
  readonly compression?: boolean | undefined;
}

interface LoggingSettings extends Pick<LoggingOptions, 'level' | 'performance' | 'errors' | 'redaction'> {
  readonly format?: 'pretty' | 'json' | undefined;
  readonly output: readonly (Rotated & {
    readonly file?: string | undefined;
    readonly console?: boolean | 'pretty' | 'json' | undefined;
    readonly level?: LoggingOptions['level'];
  })[];
  readonly rotation: Rotated & { readonly enabled: boolean };
  readonly errorLog: Rotated & {
    readonly enabled: boolean;
    readonly file?: string | undefined;
    readonly level?: LoggingOptions['level'];
  };
}

function loggingOptions(settings: LoggingSettings): LoggingOptions {
  const { level, format = 'pretty', output, rotation, errorLog, performance, errors, redaction } = settings;
  type Output = FileOutputOptions | ConsoleOutputOptions;
  const outputs = output.flatMap(({ file, console, level: own, ...rotated }): readonly Output[] => {
    const levels = own === undefined ? {} : { level: own };
    if (file !== undefined) return [{ path: file, ...levels, ...fileOptions(rotated, rotation) }];
    return console === false ? [] : [{ console: typeof console === 'string' ? console : format, ...levels }];
  });
  const { enabled, file, level: own, ...rotated } = errorLog;
  const errorsFile = enabled && {
    ...(file !== undefined && { path: file }),
    ...(own !== undefined && { level: own }),
    // Not those of `rotation`: last words are few, and kept longer.
    ...fileOptions(rotated, { enabled: rotation.enabled }),
  };
  return { level, outputs, errorsFile, performance, errors, redaction };
}

function fileOptions(own: Rotated, common: LoggingSettings['rotation']): Partial<FileOutputOptions> {
  const { enabled, ...usual } = common;
  const { maxSize, backupCount, retention, rotateEvery, compression } = { ...usual, ...own };
  return {
    ...(!enabled
      ? { maxSizeBytes: Number.MAX_SAFE_INTEGER }
      : maxSize !== undefined && { maxSizeBytes: maxSize }),
    ...(backupCount !== undefined && { backupCount }),
    ...(retention !== undefined && { retentionDays: retention / DAY_MS }),
    ...(enabled && rotateEvery !== undefined && { rotateEveryMs: rotateEvery }),
    ...(compression !== undefined && { compress: compression }),
  };
}

const DAY_MS = 86_400_000;
