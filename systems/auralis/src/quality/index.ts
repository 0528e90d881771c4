export { AdaptiveQualityManager, type AdaptiveQualityOptions } from './adaptive-quality-manager.ts';
export { machineCpu } from './machine-cpu.ts';
