import {
  type MusicParameters,
  type ParameterField,
  parameterFields,
  problemWith,
} from './music-parameters.ts';
import type { ServerMessage } from './server-message.ts';

export interface ControlDeskOptions {
  /** Sends a text message; false when there is no connection. */
  readonly send: (message: string) => boolean;
  /** Something is to be shown anew. */
  readonly onChange: () => void;
  /** Something happened that a listener who does not see the page should hear of. */
  readonly onNotice: (text: string) => void;
}

/** What stands beside a control. */
export type Note =
  | { readonly kind: 'sending' }
  | { readonly kind: 'problem'; readonly text: string }
  /** In force; heard from this position of the stream on. */
  | { readonly kind: 'accepted'; readonly heardAtSample: number };

/**
 * What the listener has asked for, and what became of it. A value that is not allowed never leaves the page; one
 * that the server refuses goes back to what it was, with the server's reason beside it.
 */
export class ControlDesk {
  readonly #options: ControlDeskOptions;
  readonly #notes = new Map<ParameterField, Note>();
  readonly #asked = new Map<string, ParameterField>();
  #parameters: MusicParameters | undefined;
  #nextId = 1;

  constructor(options: ControlDeskOptions) {
    this.#options = options;
  }

  /** What is in force on the server; undefined before the first welcome. */
  get parameters(): MusicParameters | undefined {
    return this.#parameters;
  }

  note(field: ParameterField): Note | undefined {
    return this.#notes.get(field);
  }

  /** Asks the server to set `field`. */
  ask(field: ParameterField, value: string | number): void {
    const id = String(this.#nextId++);
    const problem = problemWith(field, value);
    if (problem !== undefined) {
      this.#fail(field, problem);
    } else if (this.#options.send(JSON.stringify({ type: 'control', id, parameters: { [field]: value } }))) {
      this.#asked.set(id, field);
      this.#notes.set(field, { kind: 'sending' });
      this.#options.onChange();
    } else {
      this.#fail(field, 'Not connected. Press play first.');
    }
  }

  /** Takes note of what the server says. */
  receive(message: ServerMessage): void {
    if (message.type === 'error') {
      const field = this.#answered(message.id) ?? parameterFields.find((known) => known === message.field);
      if (field === undefined) this.#options.onNotice(message.message);
      else this.#fail(field, message.message);
      return;
    }
    if (message.type === 'accepted') {
      const field = this.#answered(message.id);
      this.#accept(field, message.heardAtSample);
      if (field !== undefined) {
        this.#options.onNotice(
          `${NAMES[field]} is now ${message.parameters[field]}, heard in a few seconds.`,
        );
      }
    }
    if (message.type === 'parameters') this.#acceptChanges(message.parameters, message.heardAtSample);
    this.#parameters = message.parameters ?? this.#parameters;
    this.#options.onChange();
  }

  /** The connection is lost, and with it the answers that were waited for and the position in the stream. */
  disconnected(): void {
    const fields = [...this.#asked.values()];
    this.#asked.clear();
    this.heardUpTo(Number.POSITIVE_INFINITY);
    for (const field of fields) this.#fail(field, 'The connection was lost before the server answered.');
    this.#options.onChange();
  }

  /** Forgets the notes of what is heard by now. */
  heardUpTo(samplePosition: number): void {
    for (const [field, note] of this.#notes) {
      if (note.kind === 'accepted' && note.heardAtSample <= samplePosition) this.#notes.delete(field);
    }
  }

  #answered(id: string | undefined): ParameterField | undefined {
    if (id === undefined) return undefined;
    const field = this.#asked.get(id);
    this.#asked.delete(id);
    return field;
  }

  /** Another listener, or this one, changed the music for all. */
  #acceptChanges(parameters: MusicParameters, heardAtSample: number): void {
    const before = this.#parameters;
    for (const field of parameterFields) {
      if (before !== undefined && before[field] !== parameters[field]) this.#accept(field, heardAtSample);
    }
  }

  #accept(field: ParameterField | undefined, heardAtSample: number): void {
    if (field !== undefined) this.#notes.set(field, { kind: 'accepted', heardAtSample });
  }

  #fail(field: ParameterField, text: string): void {
    this.#notes.set(field, { kind: 'problem', text });
    this.#options.onNotice(text);
    this.#options.onChange();
  }
}

const NAMES: Readonly<Record<ParameterField, string>> = {
  key: 'Key',
  mode: 'Mode',
  tempoBpm: 'Tempo',
  intensity: 'Intensity',
};
