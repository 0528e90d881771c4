/** How samples are stored: 16-bit integers (scaled as in `pcm16.ts`) or the floats themselves, bit for bit. */
export type WavEncoding = 'pcm16' | 'float32';

export const SAMPLE_BYTES = { pcm16: 2, float32: 4 } as const;

/** Format tags of the `fmt ` chunk. */
export const FORMAT_PCM = 1;
export const FORMAT_FLOAT = 3;
/** The real format stands in the extension. */
export const FORMAT_EXTENSIBLE = 0xfffe;

/** A size that means "not known when the header was written": the audio goes to the end of the file. */
export const SIZE_UNKNOWN = 0xffff_ffff;
