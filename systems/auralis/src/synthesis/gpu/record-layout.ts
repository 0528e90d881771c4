/** What a field of a record is on the GPU; both have four bytes. */
export type Word = 'f32' | 'u32';

/** One record: a number for every field. */
export type RecordOf<Fields extends Readonly<Record<string, Word>>> = {
  readonly [Name in keyof Fields]: number;
};

/** The same records, as the GPU's language declares them and as the host writes them: described once, for both. */
export interface RecordLayout<Fields extends Readonly<Record<string, Word>>> {
  /** Words of four bytes a record. */
  readonly words: number;
  /** The declaration, as a WGSL struct of this name. */
  declare(name: string): string;
  /** Writes a record to the place `index` of an array of them. */
  write(to: DataView, index: number, record: RecordOf<Fields>): void;
}

export function recordLayout<const Fields extends Readonly<Record<string, Word>>>(
  fields: Fields,
): RecordLayout<Fields> {
  const entries = Object.entries(fields);
  return {
    words: entries.length,
    declare: (name) =>
      `struct ${name} {\n${entries.map(([field, word]) => `  ${field}: ${word},`).join('\n')}\n}\n`,
    write(to, index, record) {
      let at = index * entries.length * 4;
      for (const [field, word] of entries) {
        const value = record[field] as number;
        if (word === 'f32') to.setFloat32(at, value, true);
        else to.setUint32(at, value, true);
        at += 4;
      }
    },
  };
}
