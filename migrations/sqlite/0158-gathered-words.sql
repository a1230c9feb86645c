-- How much of words FTS5 gathers in memory before it writes them as one more piece, which is later merged with others, in bytes. A
-- megabyte is SQLite's choice; a batch of articles taken in together has several, and is now one piece.
insert into search_index (search_index, rank) values ('hashsize', 16777216);
insert into search_titles (search_titles, rank) values ('hashsize', 16777216);
insert into desk_search (desk_search, rank) values ('hashsize', 16777216);
