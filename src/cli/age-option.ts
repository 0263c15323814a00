import { WrongUse } from './wrong-use.ts'

const MsPer = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const Age = /^(\d{1,6}(?:\.\d{1,3})?)([mhd])$/

/** The value of an option such as `--older-than 2d`, in ms. */
export function readAge(option: string, text: string): number {
  const [, count, unit] = Age.exec(text) ?? []
  if (count === undefined || unit === undefined) {
    throw new WrongUse(`--${option} takes a number and m, h or d (minutes, hours, days), e.g. 2d; "${text}" is none`)
  }
  return Number(count) * MsPer[unit as keyof typeof MsPer]
}
