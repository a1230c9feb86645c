-- Sixteen pieces of an index are merged into one instead of eight. Each word of an archive that is taken in by some hundred batches is
-- then written anew once, not twice, and a search looks into about as many pieces as before: sixteen of one size take the place of
-- eight of two.
insert into search_index (search_index, rank) values ('automerge', 16);
insert into search_titles (search_titles, rank) values ('automerge', 16);
insert into desk_search (desk_search, rank) values ('automerge', 16);
-- This many are merged at once, however much there is to write; the usual way, by as much as was added, begins before that.
insert into search_index (search_index, rank) values ('crisismerge', 24);
insert into search_titles (search_titles, rank) values ('crisismerge', 24);
insert into desk_search (desk_search, rank) values ('crisismerge', 24);
