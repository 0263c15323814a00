import { isWithin } from './domain.ts'

/** Where anybody gets an address: such a one says nothing about the company. Known ones; `qualification.freeMail` adds to them. */
const FreeMail: readonly string[] = [
  ...['gmail.com', 'googlemail.com'],
  ...['outlook.com', 'outlook.de', 'outlook.fr', 'outlook.es', 'outlook.it', 'outlook.jp', 'outlook.com.br', 'msn.com'],
  ...['hotmail.com', 'hotmail.co.uk', 'hotmail.de', 'hotmail.es', 'hotmail.fr', 'hotmail.it', 'hotmail.co.jp', 'passport.com'],
  ...[
    'live.com',
    'live.be',
    'live.ca',
    'live.cn',
    'live.co.uk',
    'live.de',
    'live.dk',
    'live.fr',
    'live.it',
    'live.nl',
    'live.se',
  ],
  ...['yahoo.com', 'yahoo.ca', 'yahoo.co.id', 'yahoo.co.in', 'yahoo.co.jp', 'yahoo.co.uk', 'yahoo.com.ar', 'yahoo.com.au'],
  ...['yahoo.com.br', 'yahoo.com.mx', 'yahoo.com.tw', 'yahoo.de', 'yahoo.es', 'yahoo.fr', 'yahoo.in', 'yahoo.it', 'ymail.com'],
  ...['aol.com', 'aim.com', 'rocketmail.com', 'icloud.com', 'me.com', 'mac.com', 'mail.com', 'email.com', 'usa.com'],
  ...[
    'proton.me',
    'protonmail.com',
    'pm.me',
    'tutanota.com',
    'tutanota.de',
    'tuta.io',
    'tuta.com',
    'hushmail.com',
    'zohomail.com',
  ],
  ...['gmx.com', 'gmx.net', 'gmx.de', 'gmx.at', 'gmx.ch', 'gmx.co.uk', 'web.de', 'freenet.de', 't-online.de', 'posteo.de'],
  ...['mailbox.org', 'arcor.de', 'bluewin.ch', 'laposte.net', 'orange.fr', 'wanadoo.fr', 'free.fr', 'sfr.fr', 'libero.it'],
  ...[
    'virgilio.it',
    'tiscali.it',
    'alice.it',
    'terra.es',
    'sapo.pt',
    'btinternet.com',
    'sky.com',
    'virginmedia.com',
    'ntlworld.com',
  ],
  ...[
    'comcast.net',
    'verizon.net',
    'att.net',
    'sbcglobal.net',
    'bellsouth.net',
    'cox.net',
    'charter.net',
    'rogers.com',
    'shaw.ca',
  ],
  ...['ziggo.nl', 'planet.nl', 'telenet.be', 'skynet.be', 'seznam.cz', 'centrum.cz', 'wp.pl', 'o2.pl', 'onet.pl', 'interia.pl'],
  ...['mail.ru', 'inbox.ru', 'list.ru', 'bk.ru', 'rambler.ru', 'yandex.ru', 'yandex.com', 'ya.ru', 'ukr.net', 'abv.bg'],
  ...['qq.com', 'foxmail.com', '163.com', '126.com', 'yeah.net', 'sina.com', 'sina.cn', 'sohu.com', 'aliyun.com'],
  ...['naver.com', 'daum.net', 'hanmail.net', 'nate.com', 'rediffmail.com', 'uol.com.br', 'bol.com.br', 'terra.com.br'],
]

/** Whether a domain (as `readDomain` gives it) belongs to a provider of free mail; `more` are known beside ours. */
export function isFreeMail(domain: string, more: readonly string[] = []): boolean {
  return isWithin(domain, FreeMail) || isWithin(domain, more)
}
