import type { Clock, Timer } from '@sustain/kernel';
import type { ControlDesk, Note } from './control-desk.ts';
import { keys, modes, type ParameterField } from './music-parameters.ts';

/** Changes of one control within this time go out as one: a held arrow key makes 30 a second. */
const SETTLE_MS = 200;

const MOODS = {
  ionian: 'bright',
  dorian: 'wistful',
  phrygian: 'dark',
  lydian: 'floating',
  mixolydian: 'warm',
  aeolian: 'sad',
} as const satisfies Record<(typeof modes)[number], string>;

export interface ControlsOptions {
  /** Holds an element `data-field="…"` for every parameter. */
  readonly root: HTMLElement;
  readonly desk: ControlDesk;
  readonly clock: Clock;
}

/** The controls of the music on the page. */
export class Controls {
  readonly #options: ControlsOptions;
  readonly #fields: readonly FieldControl[];

  constructor(options: ControlsOptions) {
    this.#options = options;
    this.#fields = [
      this.#choice(
        'key',
        keys.map((key) => ({ value: key, label: key.replace('#', '♯'), spoken: spoken(key) })),
      ),
      this.#choice(
        'mode',
        modes.map((mode) => ({ value: mode, label: mode, detail: MOODS[mode] })),
      ),
      this.#slider('tempoBpm', (bpm) => `${Math.round(bpm)} bpm`, 1),
      this.#slider('intensity', (intensity) => `${Math.round(intensity * 100)} %`, 100),
    ];
  }

  /** Shows what is in force and what became of requests. `samplePosition` is what is being heard. */
  render(samplePosition: number, sampleRateHz: number): void {
    const { desk } = this.#options;
    for (const control of this.#fields) {
      const note = desk.note(control.field);
      const value = desk.parameters?.[control.field];
      if (value !== undefined && note?.kind !== 'sending' && !control.isEdited()) control.show(value);
      setText(control.note, noteText(note, samplePosition, sampleRateHz));
      control.note.classList.toggle('problem', note?.kind === 'problem');
    }
  }

  #choice(field: ParameterField, options: readonly Choice[]): FieldControl {
    const { element, note } = this.#find(field);
    const list = element.querySelector('.chips') as HTMLElement;
    const inputs = options.map((option) => chip(field, option, list));
    const edits = new Edits(this.#options.clock, (value) => this.#options.desk.ask(field, value));
    for (const input of inputs) input.onchange = () => edits.changed(input.value);
    return {
      field,
      note,
      isEdited: () => edits.waiting,
      show: (value) => {
        for (const input of inputs) input.checked = input.value === value;
      },
    };
  }

  /** `steps` is how many steps of the slider make 1 of the parameter. */
  #slider(field: ParameterField, label: (value: number) => string, steps: number): FieldControl {
    const { element, note } = this.#find(field);
    const input = element.querySelector('input') as HTMLInputElement;
    const output = element.querySelector('output') as HTMLOutputElement;
    const edits = new Edits(this.#options.clock, (value) => this.#options.desk.ask(field, value));
    const showLabel = () => {
      setText(output, label(input.valueAsNumber / steps));
      input.setAttribute('aria-valuetext', label(input.valueAsNumber / steps));
      fillSlider(input);
    };
    fillSlider(input);
    input.oninput = () => {
      showLabel();
      edits.changed(input.valueAsNumber / steps);
    };
    return {
      field,
      note,
      isEdited: () => edits.waiting,
      show: (value) => {
        const position = String(Math.round(Number(value) * steps));
        if (input.value === position && output.textContent !== '') return;
        input.value = position;
        showLabel();
      },
    };
  }

  #find(field: ParameterField): { readonly element: HTMLElement; readonly note: HTMLElement } {
    const element = this.#options.root.querySelector(`[data-field="${field}"]`) as HTMLElement;
    return { element, note: element.querySelector('.note') as HTMLElement };
  }
}

/** Colours the part of a slider before its thumb. */
export function fillSlider(input: HTMLInputElement): void {
  const ratio = (input.valueAsNumber - Number(input.min)) / (Number(input.max) - Number(input.min));
  input.style.setProperty('--filled', `${(ratio * 100).toFixed(1)}%`);
}

/** Sets a text only when it differs, so that screen readers are not told again. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

interface FieldControl {
  readonly field: ParameterField;
  readonly note: HTMLElement;
  isEdited(): boolean;
  show(value: string | number): void;
}

interface Choice {
  readonly value: string;
  readonly label: string;
  readonly detail?: string;
  readonly spoken?: string;
}

/** The changes of one control: the last one goes out when they have settled. */
class Edits {
  readonly #clock: Clock;
  readonly #settled: (value: string | number) => void;
  #timer: Timer | undefined;

  constructor(clock: Clock, settled: (value: string | number) => void) {
    this.#clock = clock;
    this.#settled = settled;
  }

  get waiting(): boolean {
    return this.#timer !== undefined;
  }

  changed(value: string | number): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.schedule(SETTLE_MS, () => {
      this.#timer = undefined;
      this.#settled(value);
    });
  }
}

function chip(name: string, choice: Choice, list: HTMLElement): HTMLInputElement {
  const label = document.createElement('label');
  label.className = 'chip';
  const input = document.createElement('input');
  input.type = 'radio';
  input.name = name;
  input.value = choice.value;
  if (choice.spoken !== undefined) input.setAttribute('aria-label', choice.spoken);
  const text = document.createElement('span');
  text.textContent = choice.label;
  if (choice.detail !== undefined) {
    const detail = document.createElement('small');
    detail.textContent = choice.detail;
    text.append(detail);
  }
  label.append(input, text);
  list.append(label);
  return input;
}

function spoken(key: string): string {
  return key.replace('#', ' sharp');
}

function noteText(note: Note | undefined, samplePosition: number, sampleRateHz: number): string {
  if (note === undefined) return '';
  if (note.kind === 'problem') return note.text;
  if (note.kind === 'sending') return 'Sending';
  const seconds = Math.ceil((note.heardAtSample - samplePosition) / sampleRateHz);
  return `Heard in ${Math.max(1, seconds)} s`;
}
