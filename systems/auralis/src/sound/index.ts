export { dcOffset } from './dc-offset.ts';
export { onsetDensity } from './onset-density.ts';
export { PowerSpectrum } from './power-spectrum.ts';
export { type SelfSimilarity, selfSimilarity } from './self-similarity.ts';
export { spectralFlatness } from './spectral-flatness.ts';
