export type {
  BaseSessionService as AdkSessionService,
  CreateSessionRequest,
  DeleteSessionRequest,
  Event,
  GetSessionConfig,
  GetSessionRequest,
  ListSessionsRequest,
  ListSessionsResponse,
  Session as AdkSession,
} from '@google/adk';
