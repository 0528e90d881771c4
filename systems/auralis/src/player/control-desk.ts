import type { Clock, Timer } from '@sustain/kernel';
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
  readonly clock: Clock;
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
 * that the server refuses goes back to what it was, with the server's reason beside it. What is not answered within 2 s,
 * or before the connection is lost, is sent once more under the same id, by which the server does it only once.
 */
export class ControlDesk {
  readonly #options: ControlDeskOptions;
  readonly #notes = new Map<ParameterField, Note>();
  readonly #asked = new Map<string, Asked>();
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
    const message = JSON.stringify({ type: 'control', id, parameters: { [field]: value } });
    if (problem !== undefined) {
      this.#fail(field, problem);
    } else if (this.#options.send(message)) {
      this.#asked.set(id, { field, message, isRepeated: false, timer: this.#await(id) });
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
    if (message.type === 'welcome') for (const id of [...this.#asked.keys()]) this.#repeat(id);
    if (message.type === 'parameters') this.#acceptChanges(message.parameters, message.heardAtSample);
    this.#parameters = message.parameters ?? this.#parameters;
    this.#options.onChange();
  }

  /** The connection is lost, and with it the position in the stream; it is made again. */
  disconnected(): void {
    this.heardUpTo(Number.POSITIVE_INFINITY);
    this.#options.onChange();
  }

  /** There will be no connection, and no answer. */
  closed(): void {
    for (const id of [...this.#asked.keys()]) this.#giveUp(id, LOST);
    this.disconnected();
  }

  /** Forgets the notes of what is heard by now. */
  heardUpTo(samplePosition: number): void {
    for (const [field, note] of this.#notes) {
      if (note.kind === 'accepted' && note.heardAtSample <= samplePosition) this.#notes.delete(field);
    }
  }

  #answered(id: string | undefined): ParameterField | undefined {
    if (id === undefined) return undefined;
    const asked = this.#asked.get(id);
    asked?.timer.cancel();
    this.#asked.delete(id);
    return asked?.field;
  }

  #await(id: string): Timer {
    return this.#options.clock.schedule(ANSWER_LIMIT_MS, () => this.#repeat(id));
  }

  /** Once: then it is given up. */
  #repeat(id: string): void {
    const asked = this.#asked.get(id);
    if (asked === undefined) return;
    if (asked.isRepeated) {
      this.#giveUp(id, 'The server did not answer.');
    } else if (this.#options.send(asked.message)) {
      asked.timer.cancel();
      this.#asked.set(id, { ...asked, isRepeated: true, timer: this.#await(id) });
    } else {
      this.#giveUp(id, LOST);
    }
  }

  #giveUp(id: string, text: string): void {
    const field = this.#answered(id);
    if (field !== undefined) this.#fail(field, text);
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

/** What waits for its answer. */
interface Asked {
  readonly field: ParameterField;
  readonly message: string;
  readonly isRepeated: boolean;
  readonly timer: Timer;
}

const ANSWER_LIMIT_MS = 2000;
const LOST = 'The connection was lost before the server answered.';

const NAMES: Readonly<Record<ParameterField, string>> = {
  key: 'Key',
  mode: 'Mode',
  tempoBpm: 'Tempo',
  intensity: 'Intensity',
};
