export { type Catalog, faultsTable, faultsWithoutMeaning } from './faults-table.ts';
export { type MeasuredDrill, measuredDrills } from './measured-drills.ts';
export {
  type DocumentedDrill,
  type ReadmeTableOptions,
  readmeTable,
  readmeTableProblems,
} from './readme-table.ts';
