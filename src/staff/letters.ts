import type { MailService, Message } from '../mail/index.js'
import type { SiteService } from '../site/index.js'

export type Letters = ReturnType<typeof letters>

/** Mails to colleagues. */
export function letters({ mail, site, siteUrl }: { mail: MailService; site: SiteService; siteUrl: string }) {
  const letter = async (view: string, to: string, subject: string, model: object): Promise<Message> => {
    const { identity } = await site.site()
    const composed = await mail.compose(`staff/mail/${view}`, {
      ...{ title: subject, siteName: identity.name, siteUrl, language: 'en' },
      footer: `This mail went to ${to}, the address of an account at ${siteUrl}.`,
      ...model,
    })
    return { to, subject, fromName: identity.name, ...composed }
  }

  return {
    async invitation(to: string, link: string, { by, role }: { by: string; role: string }) {
      const { identity } = await site.site()
      return letter('invitation', to, `Your account at ${identity.name}`, { link, by, role })
    },
    async reset(to: string, link: string) {
      const { identity } = await site.site()
      return letter('reset', to, `A new password for ${identity.name}`, { link })
    },
    async newAddress(to: string, link: string) {
      const { identity } = await site.site()
      return letter('new-address', to, `Confirm your address for ${identity.name}`, { link })
    },
    /** Tells of something that only the account's owner should have done. */
    async notice(to: string, happened: string) {
      const { identity } = await site.site()
      return letter('notice', to, `Your account at ${identity.name} was changed`, { happened })
    },
  }
}
