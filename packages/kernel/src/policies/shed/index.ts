export { type Shed, type ShedLevel, type ShedOptions, shed, shedChanged, shedRefused } from './shed.ts';
