export {
  type OpenAiRoute,
  type OpenAiServer,
  type OpenAiServerOptions,
  openAiServer,
} from './openai-server.ts';
export { type Quota, type QuotaOptions, quota } from './quota.ts';
export { type RateLimitOptions, rateLimit } from './rate-limit.ts';
export { type Refusal, type RefuseOptions, refuse } from './refusals.ts';
export {
  answer,
  nothing,
  type Said,
  type Sayable,
  SPEECH_SAMPLE_RATE_HZ,
  silence,
  type ToolCall,
} from './said.ts';
