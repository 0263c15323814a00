import { type ColumnDefinition, instant, memo, text } from './column.ts'

const texts = ['lastoffer', 'lastaction', 'laststage', 'lastsource', 'campaign', 'dncreason']
const instants = ['lastleadat', 'dncat', 'dncliftedat']

/** Leadsync's columns of lead and contact, as its provisioning would have made them. */
export function leadsyncColumns(): readonly ColumnDefinition[] {
  const columns = [
    text('leadsync_contactid', 'Leadsync contact id', 100),
    ...instants.map((name) => instant(`leadsync_${name}`, `Leadsync ${name}`)),
    ...texts.map((name) => text(`leadsync_${name}`, `Leadsync ${name}`, 255)),
    memo('leadsync_notes', 'Leadsync notes', 32_768),
    memo('leadsync_history', 'Leadsync history', 1_048_576),
  ]
  return columns.map((column) => ({ ...column, custom: true }))
}
