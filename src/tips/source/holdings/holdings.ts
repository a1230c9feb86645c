import { columnsOf, type TipStore, tipsRepository } from '../../store/index.js'
import { tableMeanings } from './columns.js'

/** A table as it stands in the database, every column with its meaning. */
export interface HeldTable {
  name: string
  about: string
  columns: { name: string; meaning: string }[]
}

/** Shown for what the catalogue does not know. The build does not pass with such a column; an operator's own tables may have some. */
const UNEXPLAINED = 'Nobody has said what this is. Ask the newsroom before you send anything.'

/**
 * What the tip line's database holds on a source: not what somebody once wrote down, but every column that it has now, with
 * the time for which tips are kept now.
 */
export async function holdings({ db }: Pick<TipStore, 'db'>) {
  const tables = new Map<string, HeldTable>()
  for (const { table, column } of await columnsOf(db)) {
    const known = tableMeanings[table]
    const held = tables.get(table) ?? { name: table, about: known?.about ?? UNEXPLAINED, columns: [] }
    held.columns.push({ name: column, meaning: known?.columns[column] ?? UNEXPLAINED })
    tables.set(table, held)
  }
  // What nobody has explained comes first, the rest in the order of the explanations.
  const order = Object.keys(tableMeanings)
  const inOrder = [...tables.values()].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name))
  const { retentionDays } = await tipsRepository(db).settings()
  return { tables: inOrder, retentionDays }
}
