export { type ReportOptions, reportHtml } from './report.ts';
