import path from 'node:path'
import { Eta } from 'eta'

/** The site as what stands around its pages is drawn of: another object once anything of it changed. */
interface Standing {
  identity: object
  markdown: object
}

/** @param folder where the views stand; what a view writes is escaped unless it says otherwise */
export function openViews(folder: string) {
  const eta = new Eta({ views: folder, cache: true, autoEscape: true, autoTrim: false })

  // Eta looks for a view's file each time that it is included; all of ours are named from the folder of the views.
  const files = new Map<string, string>()
  eta.resolvePath = name => {
    const known =
      files.get(name) ?? path.join(path.resolve(folder), name.endsWith('.eta') ? name : `${name}.eta`)
    files.set(name, known)
    return known
  }

  const drawn = new WeakMap<object, Map<string, string>>()
  return {
    eta,

    /**
     * Draws a part that looks at nothing but the site and a choice of few, once for each state of the site.
     * @param choice what else the part depends on
     */
    standing(view: string, { identity, markdown }: Standing, choice = ''): string {
      const parts = drawn.get(identity) ?? new Map<string, string>()
      drawn.set(identity, parts)
      const key = `${view} ${choice}`
      const part = parts.get(key) ?? eta.render(view, { identity, markdown, choice })
      parts.set(key, part)
      return part
    },
  }
}
