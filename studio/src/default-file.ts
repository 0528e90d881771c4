/** The configuration: read where it is there, unless another file is named. */
export const DEFAULT_FILE = 'sustain.yaml';
