/** The configuration block of seed 001, "Log Configuration" and "Alert Configuration", as it stands there. */
export const seed001 = `logging:
  level: "INFO"
  format: "json"
  output:
    - file: "logs/bot.log"
      max_size: "10MB"
      backup_count: 5
    - console: true
  rotation:
    enabled: true
    max_size: "10MB"
    backup_count: 5
    compression: true
  performance:
    enabled: true
    threshold_ms: 1000
  errors:
    detailed_context: true
    include_stack_trace: true
alerts:
  critical_errors:
    enabled: true
    threshold: 1
    cooldown: 300
    channels: ["console", "log_file"]
    
  performance_degradation:
    enabled: true 
    threshold_ms: 2000
    window: "5m"
    channels: ["console"]
    
  resource_usage:
    enabled: true
    memory_threshold: "80%"
    cpu_threshold: "90%"
    channels: ["console", "log_file"]
    
  external_service_failure:
    enabled: true
    consecutive_failures: 3
    channels: ["console", "log_file"]
`;

/** The numbers of seed 002's \`setup_logging\` (section 6.1), as YAML. */
export const seed002 = `logging:
  level: INFO
  output:
    - console: true
      level: INFO
    - file: logs/auralis.log
      level: INFO
      max_size: "100 MB"
      retention: "30 days"
      compression: "zip"
  error_log:
    enabled: true
    file: logs/errors.log
    level: ERROR
    max_size: "50 MB"
    retention: "90 days"
`;

/** Seed 004, "Health Monitoring Configuration", its constants spelt as there. */
export const seed004 = `health:
  service:
    SUCCESS_RATE_THRESHOLD: 0.8
    SLOW_OPERATION_THRESHOLD: 5.0
    MAX_RESPONSE_TIMES: 100
`;
