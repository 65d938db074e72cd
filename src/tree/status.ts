export const statuses = ["pending", "running", "waiting", "completed", "failed", "pruned"] as const;
export type Status = (typeof statuses)[number];
