export { alertsSection } from './alerts-section.ts';
export { healthSection } from './health-section.ts';
export { loggingSection } from './logging-section.ts';
export { metricsSection } from './metrics-section.ts';
export { performanceSection } from './performance-section.ts';
export { serverSection } from './server-section.ts';
export { storesSection } from './stores-section.ts';
