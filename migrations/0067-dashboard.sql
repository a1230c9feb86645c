-- What the desk's first page counts and lists, each along an index of its own.
create index desk_list_states_by_publication on desk_list (state, published, number, account_id);
create index desk_list_states_by_change on desk_list (state, changed, number, account_id);
create index articles_held on articles (id) where held = 1;
create index articles_hero_without_alt on articles (published desc, id desc)
  where status = 'published' and hero is not null and hero_alt = '';
create index consents_by_event on consents (event, at);
create index subscribers_by_status on subscribers (status);
create index outbox_by_age on outbox (status, created, id);
