/** How many bytes of bodies the quarantine holds, so that nobody fills Redis with what can't be understood. */
export interface QuarantineRoom {
  /**
   * Whether a body of so many bytes is to be kept under this job id; from then on it counts. Asked twice it answers the same. With `onlyCopy` it
   * counts and is always kept.
   */
  take(jobId: string, bytes: number, onlyCopy: boolean): Promise<boolean>
  /** It is there no longer. */
  give(jobId: string): Promise<void>
}
