-- Each index is one more place that every article is written to. Nothing asks for this one.
drop index articles_by_change;

-- Readers' lists of a section and the desk's counts of it walk along one index instead of two.
drop index articles_of_section;
drop index articles_by_section;
create index articles_by_section on articles (section_id, status, published desc, id desc);

-- What the desk's first page lists of published articles is found along `desk_list_by_publication`; all others are few.
drop index desk_list_states_by_publication;
drop index desk_list_states_by_change;
create index desk_list_states_by_publication on desk_list (state, published, number, account_id) where state <> 'published';
create index desk_list_states_by_change on desk_list (state, changed, number, account_id) where state <> 'published';
