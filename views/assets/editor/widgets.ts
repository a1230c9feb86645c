import { type EditorView, WidgetType } from '@codemirror/view'
import { button, element } from './element.js'
import type { PictureMarkup } from './pictures.js'

/** A picture of the library as the desk's own addresses answer it. */
export interface LibraryPicture {
  id: string
  name: string
  src: string
  srcset: string
  width: number
  height: number
  alt: string
  caption?: string
  credit?: string
}

/** What the things drawn between the words need from the page around them. */
export interface Surroundings {
  /** the picture of this name: undefined as long as it is looked for, null when there is none */
  picture(name: string): LibraryPicture | null | undefined
  editBlock(view: EditorView, position: number): void
  editPicture(view: EditorView, position: number): void
}

/** Only our own pictures are shown: one on another server would tell its owner who writes what. */
export function isOwnPicture(address: string): boolean {
  return /^\/media\/(?!.*(?:^|\/)\.\.?(?:\/|$))[\w./%~-]+$/.test(address)
}

/** The picture below its line, with its caption as readers will see it. */
export class Figure extends WidgetType {
  private readonly shown: LibraryPicture | null | undefined

  constructor(
    private readonly markup: PictureMarkup,
    private readonly surroundings: Surroundings,
  ) {
    super()
    this.shown = surroundings.picture(markup.name)
  }

  override eq(other: Figure): boolean {
    const same = (key: keyof PictureMarkup) => other.markup[key] === this.markup[key]
    return other.shown === this.shown && (['name', 'alt', 'caption', 'credit'] as const).every(same)
  }

  override toDOM(view: EditorView): HTMLElement {
    const { caption, credit, alt } = this.markup
    const figure = element('span', { class: 'cm-figure', contenteditable: 'false' }, this.image())
    const texts = element('span', { class: 'cm-caption', dir: 'auto' }, caption)
    if (credit) texts.append(' ', element('small', {}, credit))
    figure.append(
      texts,
      element(
        'span',
        { class: alt ? 'cm-alt' : 'cm-alt cm-missing' },
        alt ? `Alt text: ${alt}` : 'No alt text',
      ),
      button('Edit picture', () => this.surroundings.editPicture(view, view.posAtDOM(figure)), {
        class: 'cm-edit',
      }),
    )
    return figure
  }

  private image(): HTMLElement {
    const { shown, markup } = this
    if (shown && isOwnPicture(shown.src)) {
      const { src, width, height } = shown
      return element('img', { src, width, height, alt: markup.alt, loading: 'lazy' })
    }
    const text =
      shown === undefined
        ? `Looking for ${markup.name} …`
        : `There is no picture “${markup.name}” in the library.`
    return element('span', { class: 'cm-no-picture' }, text)
  }

  override ignoreEvent(): boolean {
    return true
  }
}

/** The dot of a list in place of its dash or asterisk. */
export class Bullet extends WidgetType {
  override eq(): boolean {
    return true
  }

  override toDOM(): HTMLElement {
    return element('span', { class: 'cm-list-mark' }, '•')
  }
}

/** What stands in place of a block's opening line. */
export class BlockLabel extends WidgetType {
  constructor(
    private readonly kind: string,
    private readonly attributes: Record<string, string>,
    private readonly surroundings: Surroundings,
  ) {
    super()
  }

  override eq(other: BlockLabel): boolean {
    return other.kind === this.kind && JSON.stringify(other.attributes) === JSON.stringify(this.attributes)
  }

  override toDOM(view: EditorView): HTMLElement {
    const label = element('span', { class: 'cm-block-label', contenteditable: 'false', dir: 'auto' })
    label.append(element('span', { class: 'cm-block-kind' }, this.title()))
    const { headline, byline, published, updated } = this.attributes
    if (this.kind === 'report') {
      if (headline) label.append(' ', element('strong', {}, headline))
      const credit = [
        byline && `By ${byline}`,
        published && `published ${published}`,
        updated && `updated ${updated}`,
      ].filter(Boolean)
      if (credit.length) label.append(' ', element('span', { class: 'cm-credit' }, credit.join(' · ')))
    }
    label.append(
      ' ',
      button('Edit details', () => this.surroundings.editBlock(view, view.posAtDOM(label)), {
        class: 'cm-edit',
      }),
    )
    return label
  }

  private title(): string {
    if (this.kind === 'report') return `Reported by ${this.attributes.outlet || 'another outlet'}`
    return this.kind === 'note' ? 'Editor’s note' : 'Pull quote'
  }

  override ignoreEvent(): boolean {
    return true
  }
}
