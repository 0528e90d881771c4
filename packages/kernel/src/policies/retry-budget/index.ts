export {
  type RetryBudget,
  type RetryBudgetOptions,
  type RetryBudgetState,
  retryBudget,
  type SpendingBudget,
} from './retry-budget.ts';
