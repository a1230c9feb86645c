// Sentences of mail servers, as far as they decide something. They are looked for in what a server says of the failure, never in
// the mail that came back, and always after addresses and links were taken out.

/** The mailbox or its domain is not there, or is closed for good. */
export const goneForGood = words(
  "(user|recipient|mailbox|account|address|addressee|local part)( name)?( is| was)? (unknown|not found|not known|invalid|disabled|deactivated|inactive|closed|terminated|deleted|suspended|doesn'?t exist|does not exist)",
  '(unknown|no such|invalid|nonexistent|non-existent|unrouteable) (\\w+ )?(user|recipient|mailbox|address|addressee|account|person|domain|mail domain|local part)',
  "(user|recipient|mailbox|account|address|domain)\\b.{0,80}(does not|doesn'?t|did not|no longer|not) exist",
  'account .{0,60}(is|has been|was) (disabled|deactivated|inactive|closed|terminated|deleted)',
  'no mailbox here by that name|not a valid (mailbox|user|recipient)|(recipient|address|user|account) (was |could )?not (be )?found',
  "doesn'?t have an? .{1,40} account|recipientnotfound|not listed in|no account by that name",
  '(host|domain|host or domain)( name)? (was )?not found|nxdomain|null mx|does not accept mail',
  '(benutzer|empfänger|adresse|postfach|konto|mailbox)\\b.{0,60}(unbekannt|existiert nicht|nicht gefunden|nicht vorhanden|nicht bekannt|nicht verfügbar und wurde gelöscht)|unbekannte[rn]? (benutzer|empfänger|adresse)',
  "(utilisateur|destinataire|adresse|boîte|compte)\\b.{0,60}(inconnue?|n['’]existe (pas|plus)|introuvable|inexistante?)",
  '(usuario|destinatario|dirección|buzón|cuenta)\\b.{0,60}(desconocid[oa]|no existe|no encontrad[oa]|no se (ha )?encontr|inexistente)|no se (ha )?encontr(ó|ado) la dirección',
  '(usuário|utilizador|destinatário|endereço|conta)\\b.{0,60}(desconhecid[oa]|não existe|inexistente|não (foi )?encontrad[oa])',
  '(utente|destinatario|indirizzo|casella)\\b.{0,60}(sconosciut[oa]|inesistente|non esiste|non trovat[oa])',
  '(gebruiker|ontvanger|adres|postvak)\\b.{0,60}(onbekend|bestaat niet|niet gevonden)',
  '(użytkownik|odbiorca|adres|skrzynka)\\b.{0,60}(nieznany|nie istnieje)',
  '(пользовател|адрес|ящик|получател)\\p{L}*.{0,60}(не существует|не найден|неизвест|отсутствует|удал[её]н)|нет такого (пользователя|адреса|ящика)|несуществующ',
  '(宛先|アドレス|ユーザー?|受信者|メールボックス).{0,40}(存在しません|見つかりません|不明)|宛先不明',
  '(用户|地址|收件人|邮箱|帐号|账号|帳號|信箱|使用者).{0,30}(不存在|不正确|未找到|无效|找不到)|(找不到|无此).{0,10}(用户|收件人|地址|邮箱)',
  '(사용자|수신자|주소|계정).{0,30}(존재하지 않|찾을 수 없)',
)

/** It is about room, size, manners or the weather: another mail may arrive. */
export const passing = words(
  '\\bfull\\b|quota|exceed|insufficient|out of (disk|storage|memory)|too (large|big|long)|\\bsize\\b|storage',
  '\\bspam|junk|unsolicited|black ?list|block ?list|\\bblock|banned|policy|reputation|\\brbl\\b|dnsbl|dmarc|\\bspf\\b|dkim|virus|malware',
  'gr[ae]y ?list|\\brate\\b|throttl|too (many|quickly|fast)|temporar|try(ing)? again|\\blater\\b|time[d -]?out|refused|could not connect|overload|busy',
  'not authori[sz]ed|authenticat|denied|permission|loop|too many hops|hop count|expired|\\bdns error',
  '\\bvoll\\b|überfüllt|speicherplatz|kontingent|überschritten|vorübergehend|später|richtlinie',
  'pleine?\\b|saturée?|dépass|temporairement|plus tard|politique|indésirable',
  'llen[oa]\\b|cuota|excedid[oa]|superad[oa]|temporal|más tarde|política|no deseado',
  '\\bchei[oa]\\b|\\bpien[oa]\\b|excedeu|superat[oa]|\\bvol\\b|przepełnion|pełna',
  'переполнен|квот|превыш|спам|временно|позже|нет места|политик|заблокирован',
  '容量|いっぱい|満杯|超過|一時的|迷惑|拒否',
  '已满|已滿|超过|超過|超出|配额|空间不足|垃圾|暂时|稍后|策略|拒绝',
  '가득|용량|초과|일시적',
)

/** The mail was not delivered, says a mail server. */
export const failure = words(
  "(could|can) ?n[o'’]t be delivered|unable to deliver|undeliver(able|ed)|delivery (status notification \\(failure\\)|(to .{1,60} )?(has )?failed|failure)|failed permanently|(wasn['’]?t|was not|not) (able to )?deliver|did not reach|permanent (fatal )?error|returned (mail|to sender)|address(es)? failed|failure notice|message (was )?(rejected|returned)|non-?delivery|not delivered",
  'nicht zugestellt|unzustellbar|zustellung .{0,60}(fehlgeschlagen|gescheitert)|nicht ausgeliefert|konnte .{0,80}nicht .{0,30}(zustellen|zugestellt)',
  "n['’](a|ont) (pas )?pu être (remise?|délivrée?|distribuée?|livrée?)|non remis|non distribuée?|échec de (la )?(remise|distribution|livraison)",
  'no se (ha podido|pudo|puede) entregar|no (se ha )?entregad[oa]|no entregable|error (de|en la) entrega',
  'não (pôde|pode) ser entregue|falha na entrega|mancato recapito|impossibile (recapitare|consegnare)|non (è stato )?(possibile )?(recapitat|consegna)|kan niet worden (bezorgd|afgeleverd)|niet (afgeleverd|bezorgd)|nie (można|udało się) dostarczyć|nie została dostarczona',
  'не (было |могло быть |может быть |удалось )?доставлен[оа]?|не удалось доставить|недоставленн|невозможно доставить',
  '配信できません|配送できません|配達できません|送信できません|お届けできません|配信不能|配送不能|送達できません',
  '无法(投递|送达|投遞|发送)|未能(送达|投递)|投递失败|退信|無法(投遞|送達|傳送)|被退回',
  '전송하지 못|배달할 수 없|반송',
)

/** The mail is still on its way. */
export const stillTrying = words(
  "(has been|is|was|message|delivery) delayed|delivery delay|\\(delay\\)|delayed mail|not yet (been )?delivered|(will|to) (keep|continue|be retried|retry|re-?attempt|try again)|keep trying|(don['’]t|not) need to re-?send|transient non-fatal|still being (re)?tried|warning message only|warning: ",
  'verzögert|verzögerung|nur eine warnung|weiter(hin)? versucht|noch nicht zugestellt|erneut versucht',
  'retardée?|a été différée?|pas encore (été )?(remise?|distribuée?)',
  'retrasad[oa]|se ha retrasado|seguir(á|emos) intentando|aún no se ha entregado|in ritardo|atrasad[oa]|vertraagd|opóźnion',
  'задерж|ещё не доставлен|продолж\\p{L}* попытк',
  '遅延|遅れて|再送を試み',
  '延迟|延遲|暂未|继续尝试',
)

/** Somebody is away, or a program thanks for the mail. */
export const away = words(
  'out of (the )?office|automatic (reply|response)|auto-?(reply|response)|away from (my|the)|on (vacation|holiday|leave)|vacation|thank you for (your|contacting)|we have received your|i am (currently )?away|no longer (work|with)',
  'abwesen|automatische (antwort|rückmeldung)|nicht im (büro|haus)|im urlaub|urlaubs|außer haus|eingangsbestätigung',
  'absen(t|ce)|réponse automatique|hors du bureau|en congés?|accusé de réception',
  'fuera de (la )?oficina|respuesta automática|de vacaciones|ausente|ausencia',
  'resposta automática|risposta automatica|fuori sede|in ferie|afwezig|automatisch antwoord|nieobecno|automatyczna odpowied',
  'автоответ|автоматический ответ|в отпуске|отсутствую',
  '自動返信|自動応答|不在|休暇',
  '自动(回复|答复)|自動(回覆|回復)|外出|休假',
  '부재중|자동 ?(응답|회신)',
)

/** Somebody's program asks whether a person sent it. */
export const challenging = words(
  'challenge[- ]?response|confirm (that )?(you are|your (message|mail|email|address))|verify (your|that you)|(click|reply|follow|visit) .{0,80}(to (have|get|allow|release|deliver|confirm|verify))|spam ?arrest|boxbe|tmda|held (until|awaiting|pending)|(pending|awaiting) (your )?(confirmation|verification|approval)',
  'bestätigen sie.{0,80}(nachricht|absender|e-?mail)|confirmez .{0,80}(message|envoi)|confirme .{0,80}(mensaje|mensagem)',
)

function words(...alternatives: string[]): RegExp {
  return new RegExp(alternatives.join('|'), 'iu')
}
