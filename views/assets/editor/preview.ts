import { element } from './element.js'

/** The article as readers will see it, beside the text; drawn again after each save. */
export function livePreview(form: HTMLFormElement) {
  let frame: HTMLIFrameElement | undefined
  return {
    toggle(): boolean {
      const on = document.body.classList.toggle('with-preview')
      if (on) {
        frame = element('iframe', {
          class: 'live-preview',
          title: 'Live preview',
          src: `${form.action}/preview/page`,
        })
        form.after(frame)
        // On a phone it stands below all the fields, out of sight.
        if (frame.getBoundingClientRect().top >= window.innerHeight) frame.scrollIntoView()
      } else {
        frame?.remove()
        frame = undefined
      }
      return on
    },
    refresh(): void {
      frame?.contentWindow?.location.reload()
    },
  }
}
