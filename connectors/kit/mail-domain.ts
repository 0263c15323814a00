/** Providers whose addresses say nothing about a company, in whatever country: `yahoo` is yahoo.com, yahoo.co.jp and yahoo.de. */
const Everywhere = ['gmail', 'googlemail', 'outlook', 'hotmail', 'live', 'msn', 'yahoo', 'ymail', 'rocketmail', 'yandex', 'gmx']
const Exact = [
  'aol.com',
  'icloud.com',
  'me.com',
  'mac.com',
  'proton.me',
  'protonmail.com',
  'pm.me',
  'tutanota.com',
  'fastmail.com',
  'hey.com',
  'zoho.com',
  'mail.com',
  'mail.ru',
  'web.de',
  't-online.de',
  'freenet.de',
  'posteo.de',
  'orange.fr',
  'free.fr',
  'laposte.net',
  'wanadoo.fr',
  'libero.it',
  'virgilio.it',
  'comcast.net',
  'verizon.net',
  'att.net',
  'sbcglobal.net',
  'btinternet.com',
  'bigpond.com',
  'qq.com',
  '163.com',
  '126.com',
  'naver.com',
  'rediffmail.com',
  'uol.com.br',
  'onmicrosoft.com',
]

/** Whether everybody can have an address there. A tenant's own `contoso.onmicrosoft.com` is nobody's web site either. */
function isFreeMail(domain: string): boolean {
  const [name = '', ...rest] = domain.split('.')
  if (Everywhere.includes(name) && rest.length <= 2) return true
  return Exact.some((one) => domain === one || domain.endsWith(`.${one}`))
}

/** The domain of an address that is a company's own, in lower case; null when everybody can have one there. */
export function companyDomain(email: string | null): string | null {
  const domain = email?.split('@').at(-1)?.trim().toLowerCase() ?? ''
  return /^[a-z0-9.-]+\.[a-z]{2,}$/.test(domain) && !isFreeMail(domain) ? domain : null
}
