/** The names and indexes that lead to a setting. */
export type SettingPath = readonly (string | number)[];

/** As a person writes it: `logging.output[0].maxSize`. A name that is no word is quoted: `providers["a.b"]`. */
export function pathText(path: SettingPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'string' && WORD.test(step)) text += `${text && '.'}${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** The other way; `logging.output.0.maxSize` is understood, too. Names with dots or brackets in them are not. */
export function parsePath(text: string): SettingPath {
  return text
    .split(/[.[\]]+/)
    .filter((step) => step !== '')
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step.replace(/^"|"$/g, '')));
}

const WORD = /^[\w-]+$/;
