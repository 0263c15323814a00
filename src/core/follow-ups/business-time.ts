/** When people work. */
export interface BusinessHours {
  /** IANA, e.g. Europe/Berlin. */
  readonly timeZone: string
  /** 1 is Monday, 7 Sunday; at least one. */
  readonly days: readonly number[]
  /** `HH:mm` on the wall clock of the zone. */
  readonly from: string
  /** Later than `from`; `24:00` is the end of the day. */
  readonly to: string
  /** `YYYY-MM-DD` in the zone. */
  readonly holidays: readonly string[]
}
