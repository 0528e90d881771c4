import {
  classify,
  currentOperation,
  Fault,
  headOf,
  type SeverityName,
  severity,
  severityName,
} from '@sustain/kernel';
import type { EntryEncoder } from './entry-encoder.ts';
import type { EntryWriter, ModuleWriter } from './entry-writer.ts';
import type { LogPerformance } from './log-entry.ts';
import type { LogDetails, Logger } from './logger.ts';
import type { StackPace } from './stack-pace.ts';

/** What the loggers of one logging share. */
export interface LoggerSetting {
  readonly writer: EntryWriter;
  readonly encoder: EntryEncoder;
  readonly stacks: StackPace;
  readonly performance: { readonly enabled: boolean; readonly thresholdMs: number };
  readonly errors: { readonly detailedContext: boolean; readonly includeStackTrace: boolean };
}

type Context = Readonly<Record<string, unknown>>;

/** The logger of one module. */
export class StructuredLogger implements Logger {
  readonly module: string;
  readonly #setting: LoggerSetting;
  readonly #writer: ModuleWriter;
  readonly #own: Context | undefined;
  readonly #ownMembers: string;
  readonly #ownUserId: unknown;

  constructor(module: unknown, context: Context | undefined, setting: LoggerSetting) {
    this.module = setting.encoder.plain(module, MODULE_CHARS);
    this.#setting = setting;
    this.#writer = setting.writer.forModule(this.module);
    this.#own = merged(context);
    this.#ownMembers = setting.encoder.members(this.#own);
    this.#ownUserId = this.#own?.['userId'];
  }

  isEnabled(level: SeverityName): boolean {
    return severity[level] >= this.#setting.writer.least;
  }

  log(level: SeverityName, message: string, details?: LogDetails): void {
    // A level that nobody knows is worth being seen.
    const known = Object.hasOwn(severity, level) ? level : 'WARNING';
    if (this.isEnabled(known)) this.#write(known, message, details, undefined, undefined);
  }

  debug(message: string, details?: LogDetails): void {
    this.log('DEBUG', message, details);
  }

  info(message: string, details?: LogDetails): void {
    this.log('INFO', message, details);
  }

  warning(message: string, details?: LogDetails): void {
    this.log('WARNING', message, details);
  }

  error(message: string, details?: LogDetails): void {
    this.log('ERROR', message, details);
  }

  critical(message: string, details?: LogDetails): void {
    this.log('CRITICAL', message, details);
  }

  logError(fault: Fault, details?: LogDetails): void {
    const known = classify(fault);
    const level = severityName(known.severity) ?? 'ERROR';
    if (this.isEnabled(level)) this.#write(level, known.message, details, known, undefined);
  }

  logPerformance(operation: string, durationMs: number, details?: LogDetails): void {
    const { performance, encoder } = this.#setting;
    if (!performance.enabled) return;
    const level = durationMs >= performance.thresholdMs ? 'INFO' : 'DEBUG';
    if (!this.isEnabled(level)) return;
    const figures = { operation: encoder.plain(operation, MODULE_CHARS), durationMs };
    this.#write(level, `Performance: ${figures.operation}`, details, undefined, figures);
  }

  child(part: string, context?: Context): Logger {
    const module = `${this.module}/${this.#setting.encoder.plain(part, MODULE_CHARS)}`;
    return new StructuredLogger(module, merged(this.#own, context), this.#setting);
  }

  #write(
    level: SeverityName,
    message: unknown,
    details: LogDetails | undefined,
    fault: Fault | undefined,
    figures: LogPerformance | undefined,
  ): void {
    const { writer, encoder } = this.#setting;
    const text = encoder.plain(message);
    try {
      if (details === undefined && fault === undefined && figures === undefined) {
        const operationId = currentOperation()?.id;
        const context = this.#ownMembers;
        let members = context === '' ? '' : `,"context":{${context}}`;
        if (this.#ownUserId !== undefined) members += userMember(encoder, this.#ownUserId);
        if (operationId !== undefined) members += `,"operationId":${encoder.text(operationId)}`;
        writer.write(this.#writer, level, this.module, text, members, undefined, context);
      } else this.#writeDetails(level, text, Object(details), fault, figures);
    } catch (error) {
      const context = `"unreadable":${encoder.text(headOf(error).message)}`;
      const members = `,"context":{${context}}`;
      writer.write(this.#writer, level, this.module, text, members, fault?.code, context);
    }
  }

  #writeDetails(
    level: SeverityName,
    message: string,
    details: LogDetails,
    fault: Fault | undefined,
    figures: LogPerformance | undefined,
  ): void {
    const { writer, encoder, errors, stacks } = this.#setting;
    const thrown = fault ?? details.error;
    const known = fault ?? (thrown instanceof Fault ? thrown : undefined);
    const performance = figures ?? details.performance;
    const facts = known !== undefined && errors.detailedContext ? known.context : undefined;
    const given = details.context;

    const context = this.#context(facts, given, figures);
    const userId = details.userId ?? given?.['userId'] ?? known?.context['userId'] ?? this.#ownUserId;
    const errorCode = details.errorCode ?? known?.code;
    const operationId = details.operationId ?? known?.operationId ?? currentOperation()?.id;

    let members = '';
    if (errorCode !== undefined) members += `,"errorCode":${encoder.text(errorCode)}`;
    if (context !== '') members += `,"context":{${context}}`;
    if (userId !== undefined && userId !== null) members += userMember(encoder, userId);
    if (operationId !== undefined) members += `,"operationId":${encoder.text(operationId)}`;
    if (performance !== undefined) members += `,"performance":{${encoder.members(performance)}}`;
    if (thrown !== undefined) {
      // What ends a process, or a part of it, is rare.
      const isDue = level === 'CRITICAL' || stacks.isDue(this.module, thrown, known);
      const stack = !errors.includeStackTrace ? 'none' : isDue ? 'whole' : stacks.note;
      members += `,"error":${encoder.error(thrown, stack)}`;
    }
    writer.write(this.#writer, level, this.module, message, members, errorCode, context);
  }

  #context(facts: object | undefined, given: object | undefined, figures: object | undefined): string {
    const { encoder } = this.#setting;
    const sources = [facts, given, figures].filter((one) => one !== undefined);
    if (sources.length === 0) return this.#ownMembers;
    if (sources.length === 1 && this.#own === undefined) return encoder.members(sources[0]);
    return encoder.members(merged(this.#own, ...sources));
  }
}

const MODULE_CHARS = 256;

function userMember(encoder: EntryEncoder, userId: unknown): string {
  return `,"userId":${encoder.text(userId, MODULE_CHARS)}`;
}

/** A copy of all that can be read of them; later ones win. */
function merged(...contexts: (object | undefined)[]): Context | undefined {
  let all: Record<string, unknown> | undefined;
  for (const context of contexts) {
    if (typeof context !== 'object' || context === null) continue;
    all ??= {};
    try {
      for (const key of Object.keys(context)) copyMember(all, context as Context, key);
    } catch (error) {
      all['unreadable'] = headOf(error).message;
    }
  }
  return all;
}

function copyMember(to: Record<string, unknown>, from: Context, key: string): void {
  try {
    to[key] = from[key];
  } catch {
    to[key] = '[unreadable]';
  }
}
