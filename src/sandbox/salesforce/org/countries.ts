// ISO 3166-1, the countries that an org has when state and country picklists are turned on.
const codes =
  'AD AE AF AG AI AL AM AO AQ AR AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GW GY HM HN HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MK ML MM MN MO MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PS PT PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VN VU WF WS YE YT ZA ZM ZW'

// Salesforce's labels are the names of the standard, not the everyday ones that Intl knows.
const formal: Readonly<Record<string, string>> = {
  BO: 'Bolivia, Plurinational State of',
  BN: 'Brunei Darussalam',
  CD: 'Congo, the Democratic Republic of the',
  CG: 'Congo',
  CI: "Cote d'Ivoire",
  CZ: 'Czech Republic',
  IR: 'Iran, Islamic Republic of',
  KP: "Korea, Democratic People's Republic of",
  KR: 'Korea, Republic of',
  LA: "Lao People's Democratic Republic",
  MD: 'Moldova, Republic of',
  MK: 'North Macedonia',
  MM: 'Myanmar',
  MO: 'Macao',
  PS: 'Palestine',
  RU: 'Russian Federation',
  SY: 'Syrian Arab Republic',
  TR: 'Turkey',
  TW: 'Taiwan',
  TZ: 'Tanzania, United Republic of',
  VA: 'Holy See (Vatican City State)',
  VE: 'Venezuela, Bolivarian Republic of',
  VN: 'Vietnam',
}

/** Labels by ISO code. */
export function countryNames(): Readonly<Record<string, string>> {
  const names = new Intl.DisplayNames('en', { type: 'region' })
  return Object.fromEntries(codes.split(' ').map((code) => [code, formal[code] ?? names.of(code) ?? code]))
}

// An org comes with states for a few countries only; in every other country a state is refused until an admin adds it.
export const stateCodes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  US: parse(
    'AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York|NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington|WV West Virginia|WI Wisconsin|WY Wyoming',
  ),
  CA: parse(
    'AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador|NT Northwest Territories|NS Nova Scotia|NU Nunavut|ON Ontario|PE Prince Edward Island|QC Quebec|SK Saskatchewan|YT Yukon Territories',
  ),
}

function parse(list: string): Record<string, string> {
  return Object.fromEntries(list.split('|').map((one) => [one.slice(0, 2), one.slice(3)]))
}
