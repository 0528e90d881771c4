export * from './http/index.ts';
export * from './openai/index.ts';
