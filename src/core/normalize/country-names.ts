import codes from 'i18n-iso-countries/codes.json' with { type: 'json' }
import ar from 'i18n-iso-countries/langs/ar.json' with { type: 'json' }
import cs from 'i18n-iso-countries/langs/cs.json' with { type: 'json' }
import da from 'i18n-iso-countries/langs/da.json' with { type: 'json' }
import de from 'i18n-iso-countries/langs/de.json' with { type: 'json' }
import el from 'i18n-iso-countries/langs/el.json' with { type: 'json' }
import en from 'i18n-iso-countries/langs/en.json' with { type: 'json' }
import es from 'i18n-iso-countries/langs/es.json' with { type: 'json' }
import fi from 'i18n-iso-countries/langs/fi.json' with { type: 'json' }
import fr from 'i18n-iso-countries/langs/fr.json' with { type: 'json' }
import he from 'i18n-iso-countries/langs/he.json' with { type: 'json' }
import hu from 'i18n-iso-countries/langs/hu.json' with { type: 'json' }
import it from 'i18n-iso-countries/langs/it.json' with { type: 'json' }
import ja from 'i18n-iso-countries/langs/ja.json' with { type: 'json' }
import ko from 'i18n-iso-countries/langs/ko.json' with { type: 'json' }
import nb from 'i18n-iso-countries/langs/nb.json' with { type: 'json' }
import nl from 'i18n-iso-countries/langs/nl.json' with { type: 'json' }
import pl from 'i18n-iso-countries/langs/pl.json' with { type: 'json' }
import pt from 'i18n-iso-countries/langs/pt.json' with { type: 'json' }
import ro from 'i18n-iso-countries/langs/ro.json' with { type: 'json' }
import ru from 'i18n-iso-countries/langs/ru.json' with { type: 'json' }
import sv from 'i18n-iso-countries/langs/sv.json' with { type: 'json' }
import tr from 'i18n-iso-countries/langs/tr.json' with { type: 'json' }
import uk from 'i18n-iso-countries/langs/uk.json' with { type: 'json' }
import zh from 'i18n-iso-countries/langs/zh.json' with { type: 'json' }

const Languages = [en, fr, de, es, pt, it, nl, pl, sv, da, nb, fi, cs, hu, ro, el, tr, ru, uk, ja, ko, zh, ar, he]

/** How people and forms write countries beside the names of the list. */
const AlsoKnownAs: Readonly<Record<string, readonly string[]>> = {
  AE: ['Emirates'],
  BA: ['Bosnia'],
  CD: ['DR Congo', 'DRC', 'Congo-Kinshasa'],
  CG: ['Congo-Brazzaville', 'Republic of the Congo'],
  CN: ['Mainland China', 'PR China', 'PRC'],
  GB: ['England', 'Scotland', 'Wales', 'Northern Ireland', 'Great Britain and Northern Ireland'],
  GR: ['EL', 'Hellas'],
  HK: ['Hong Kong SAR', 'Hong Kong SAR China', 'Hong Kong S.A.R.'],
  IE: ['Republic of Ireland'],
  KR: ['Republic of Korea', 'Korea South'],
  MK: ['Macedonia', 'FYROM'],
  MO: ['Macao SAR', 'Macau SAR', 'Macao SAR China'],
  SK: ['Slovak Republic'],
  TT: ['Trinidad'],
  US: ['America', 'USofA', 'US of America', 'États-Unis', 'Stati Uniti', 'EUA', 'EEUU'],
  VA: ['Vatican', 'Vatican City'],
}

/** Letters and digits only, without accents, case, punctuation and a leading English article. */
export function foldName(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replaceAll('&', 'and')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '')
    .replace(/^the/, '')
}

export interface CountryTable {
  readonly codes: ReadonlyMap<string, string>
  readonly names: ReadonlyMap<string, string>
}

/** Both lead to ISO 3166-1 alpha-2: codes in lower case, names folded. A name that means two countries (`Congo`) can't be read and is left out. */
export function countryTable(): CountryTable {
  const byCode = new Map<string, string>()
  for (const [alpha2, alpha3, numeric] of codes) {
    if (!alpha2 || !alpha3 || !numeric) continue
    for (const code of [alpha2, alpha3, numeric]) byCode.set(code.toLowerCase(), alpha2)
  }
  const byName = new Map<string, string>()
  const ambiguous = new Set<string>()
  for (const [alpha2, name] of names()) {
    const folded = foldName(name)
    if ((byName.get(folded) ?? alpha2) !== alpha2) ambiguous.add(folded)
    byName.set(folded, alpha2)
  }
  for (const name of ambiguous) byName.delete(name)
  return { codes: byCode, names: byName }
}

function* names(): Generator<readonly [alpha2: string, name: string]> {
  for (const { countries } of Languages) {
    for (const [alpha2, name] of Object.entries(countries)) {
      for (const spelling of [name].flat()) yield [alpha2, spelling]
    }
  }
  for (const [alpha2, spellings] of Object.entries(AlsoKnownAs)) {
    for (const spelling of spellings) yield [alpha2, spelling]
  }
}
